import { listsNothing, type Scenarios } from '../scenario.ts';

export const templates: Scenarios = {
  'list-all-inquiry-templates': { 200: [() => ({}), () => ({ caller: 'production' })] },
  'retrieve-an-inquiry-template': {
    200: [
      (make) => ({ id: make.templates.template }),
      (make) => ({ id: make.templates.template, caller: 'production' }),
    ],
  },
  'list-all-inquiry-template-versions': {
    200: [(make) => ({ query: `?filter[inquiry-template-id]=${make.templates.template}` })],
    404: [() => ({ query: `?filter[inquiry-template-id]=itmpl_${'1'.repeat(28)}` })],
  },
  'retrieve-inquiry-template-translations': { 200: [(make) => ({ id: make.templates.template })] },
};

export const events: Scenarios = {
  'list-all-events': {
    200: [
      () => ({}),
      () => ({ query: '?page[size]=2' }),
      () => ({ query: '?filter[name]=inquiry.created,inquiry.approved' }),
    ],
  },
  'retrieve-an-event': { 200: [async (make) => ({ id: await make.event() })] },
};

export const apiLogs: Scenarios = {
  'list-all-api-logs': { 200: [() => ({}), () => ({ query: '?page[size]=2' })], 404: listsNothing },
  'retrieve-an-api-log': { 200: [async (make) => ({ id: await make.apiLog() })] },
};

export const rateLimits: Scenarios = {
  'list-all-rate-limits': {
    200: [() => ({})],
    403: 'Every key may see how it stands to its limits: the headers of every answer say the same.',
  },
};
