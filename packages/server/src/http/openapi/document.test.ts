import { emittedEvents } from '@credence/contract';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { routes } from '../routes/index.ts';
import { openApiDocument } from './document.ts';
import type { Examples } from './examples.ts';
import { liveThroughEverything } from './testing/life.ts';

const folder = '../../../openapi';

let examples: Examples;
/** JSON of a shape that only the test knows. */
let document: any;
beforeAll(async () => {
  examples = await liveThroughEverything();
  document = openApiDocument(routes, examples);
}, 120_000);

test('the committed document is that of the routes, with what they really answer (else: npm run openapi)', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(`${folder}/openapi.json`);
  const yaml = stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 });
  await expect(yaml).toMatchFileSnapshot(`${folder}/openapi.yaml`);
});

test('the document is valid for one validator', async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors).toBeUndefined();
  expect(result.valid).toBe(true);
});

test('the document is valid for another validator, and its examples are', async () => {
  const rules = [
    'struct',
    'no-unresolved-refs',
    'no-identical-paths',
    'no-schema-type-mismatch',
    'no-invalid-schema-examples',
    'no-invalid-media-type-examples',
    'operation-operationId-unique',
    'operation-parameters-unique',
    'path-parameters-defined',
    'security-defined',
    'no-unused-components',
  ];
  const lint = async (source: unknown): Promise<string[]> => {
    const config = await createConfig({ rules: Object.fromEntries(rules.map((rule) => [rule, 'error'])) });
    const problems = await lintFromString({ source: JSON.stringify(source), config });
    return problems.map(
      ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ''} ${message}`,
    );
  };
  expect(await lint(document)).toEqual([]);
  // It does look at examples: of answers, of requests and of deliveries.
  const { paths, webhooks } = document;
  const wrong = structuredClone({
    ...document,
    paths: { '/inquiries': paths['/inquiries'] },
    webhooks: { 'inquiry.approved': webhooks['inquiry.approved'] },
  });
  const create = wrong.paths['/inquiries'].post;
  create.responses['201'].content['application/json'].example.data.attributes.tags = 'vip';
  create.requestBody.content['application/json'].example.data.attributes.shoe = 44;
  wrong.webhooks['inquiry.approved'].post.requestBody.content['application/json'].example.data.shoe = 44;
  const found = (await lint(wrong)).join('\n');
  for (const place of ['/responses/201', '/post/requestBody/content', '/webhooks/inquiry.approved']) {
    expect(found).toContain(place);
  }
}, 120_000);

test('every operation has a permission, what it really answered, and a refusal of each kind of its own', () => {
  for (const { reference, permission } of routes) {
    const operation = operationById(reference.id);
    expect(operation['x-permission']).toBe(permission);
    for (const status of reference.answer.statuses) {
      expect(exampleOf(operation, status), `${reference.id} ${String(status)}`).toBeDefined();
    }
    if (reference.body !== undefined) {
      expect(operation.requestBody.content['application/json'].example, reference.id).toBeDefined();
    }
  }
});

test('every event that is emitted has a delivery that really happened, with all that the document says of it', () => {
  expect([...examples.deliveries.keys()]).toEqual(Object.keys(emittedEvents).toSorted());
  for (const [name, { post }] of Object.entries<any>(document.webhooks)) {
    expect(post.requestBody.content['application/json'].example.data.attributes.name).toBe(name);
    for (const parameter of post.parameters) expect(parameter.example, parameter.name).toBeDefined();
  }
});

function operations(): any[] {
  return [
    ...Object.values<any>(document.paths).flatMap((methods) => Object.values<any>(methods)),
    ...Object.values<any>(document.webhooks).map(({ post }) => post),
  ];
}

function operationById(id: string): any {
  return operations().find(({ operationId }) => operationId === id);
}

function exampleOf(operation: any, status: number): unknown {
  return operation.responses[String(status)]?.content?.['application/json'].example;
}
