import { findTemplate, listTemplates } from '../../db/queries/templates.ts';
import { Refusal } from '../../refusal.ts';
import { templateResource, templateVersionResource } from '../../template/resource.ts';
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
