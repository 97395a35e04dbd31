/** What the API scenario reads and creates. */
export interface Inquiries {
  readonly environmentId: string;
  /** With its account and nothing else. */
  readonly aloneId: string;
  /** With an account and two verifications. */
  readonly completeId: string;
  /** The body of a creation. */
  readonly newBody: string;
}

interface Resource {
  readonly id: string;
}

interface Templates {
  readonly data: readonly Resource[];
}

/** Makes them through the API of the sandbox. `verificationTemplates`: one for each verification. */
export async function makeInquiries(
  url: string,
  key: string,
  verificationTemplates: readonly string[],
): Promise<Inquiries> {
  const send = async <Answer>(method: string, path: string, body?: string): Promise<[Answer, Headers]> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    // The shape is the API's, and a wrong one would fail at once.
    return [(await response.json()) as Answer, response.headers];
  };
  const [templates, headers] = await send<Templates>('GET', '/inquiry-templates');
  const templateId = templates.data[0]?.id ?? '';
  const newBody = JSON.stringify({
    data: {
      attributes: {
        'inquiry-template-id': templateId,
        note: 'A note of a reviewer.',
        fields: { 'name-first': 'Jane', 'name-last': 'Doe', birthdate: '1990-01-01' },
      },
    },
  });
  const create = async (): Promise<string> =>
    (await send<{ data: Resource }>('POST', '/inquiries', newBody))[0].data.id;
  const completeId = await create();
  const actions = verificationTemplates.map((id) => ({
    type: 'create_passed_verification',
    data: { 'verification-template-id': id },
  }));
  await send(
    'POST',
    `/inquiries/${completeId}/perform-simulate-actions`,
    JSON.stringify({ meta: { 'simulate-actions': [{ type: 'start_inquiry' }, ...actions] } }),
  );
  return {
    environmentId: headers.get('persona-environment-id') ?? '',
    aloneId: await create(),
    completeId,
    newBody,
  };
}
