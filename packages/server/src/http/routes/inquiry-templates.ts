import { findTemplate, listTemplates } from '../../db/queries/templates.ts';
import { Refusal } from '../../refusal.ts';
import { templateResource, templateVersionResource } from '../../template/resource.ts';
import { translationsResource } from '../../template/translations.ts';
import { toPage, walkOf, type Route } from '../route.ts';

export const listTemplatesRoute: Route = {
  method: 'get',
  path: '/inquiry-templates',
  permission: 'inquiry_template.read',
  reference: {
    id: 'list-all-inquiry-templates',
    summary: 'List inquiry templates',
    answer: { statuses: [200], data: 'many', types: ['inquiry-template'] },
    refusals: [],
  },
  filters: [],
  async handle({ ctx, scope, query }) {
    const found = await listTemplates(ctx.db, scope.organizationId, walkOf(query.page));
    const { rows, ...sides } = toPage(found, query.page);
    return { kind: 'page', data: rows.map(templateResource), ...sides };
  },
};

export const retrieveTemplateRoute: Route = {
  method: 'get',
  path: '/inquiry-templates/:id',
  permission: 'inquiry_template.read',
  reference: {
    id: 'retrieve-an-inquiry-template',
    summary: 'Retrieve an inquiry template',
    answer: { statuses: [200], data: 'one', types: ['inquiry-template'] },
    refusals: [],
  },
  includes: ['latest-published-version'],
  async handle({ ctx, scope, param }) {
    const template = await findTemplate(ctx.db, scope.organizationId, param('id'));
    if (template === undefined) throw new Refusal('not_found');
    return {
      kind: 'one',
      data: templateResource(template),
      related: { 'latest-published-version': [templateVersionResource(template)] },
    };
  },
};

export const listTemplateVersionsRoute: Route = {
  method: 'get',
  path: '/inquiry-template-versions',
  permission: 'inquiry_template.read',
  filters: ['inquiry-template-id'],
  reference: {
    id: 'list-all-inquiry-template-versions',
    summary: 'List the versions of an inquiry template',
    description: '`filter[inquiry-template-id]` is required. A template has one version.',
    answer: { statuses: [200], data: 'many', types: ['inquiry-template-version'] },
    refusals: ['not_found'],
  },
  async handle({ ctx, scope, query }) {
    const id = query.filter.get('inquiry-template-id');
    if (!id) throw new Refusal('bad_request', { details: 'filter[inquiry-template-id] is missing' });
    const template = await findTemplate(ctx.db, scope.organizationId, id);
    if (template === undefined) throw new Refusal('not_found');
    const { after, before } = query.page;
    const { versionId } = template;
    const isOnPage = (after === null || versionId < after) && (before === null || versionId > before);
    const { rows, ...sides } = toPage(isOnPage ? [{ id: versionId }] : [], query.page);
    return { kind: 'page', data: rows.map(() => templateVersionResource(template)), ...sides };
  },
};

export const retrieveTemplateTranslationsRoute: Route = {
  method: 'get',
  path: '/inquiry-templates/:id/translations',
  permission: 'inquiry_template.read',
  reference: {
    id: 'retrieve-inquiry-template-translations',
    summary: 'Retrieve the translations of an inquiry template',
    answer: { statuses: [200], data: 'one', types: ['inquiry-template-translations'] },
    refusals: ['not_found'],
  },
  async handle({ ctx, scope, param }) {
    const template = await findTemplate(ctx.db, scope.organizationId, param('id'));
    if (template === undefined) throw new Refusal('not_found');
    return { kind: 'one', data: translationsResource(template) };
  },
};
