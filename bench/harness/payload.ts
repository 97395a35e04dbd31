/** A payload whose event is about 1.35 KB on the wire. */
export function samplePayload(number: number): object {
  return {
    data: {
      type: 'order',
      id: `order-${String(number)}`,
      attributes: {
        status: 'approved',
        'created-at': '2026-01-01T00:00:00.000Z',
        note: 'x'.repeat(900),
        lines: [1, 2, 3].map((line) => ({ line, quantity: line * 2, price: 995 * line })),
      },
    },
  };
}

/** An event around a payload, as the product sends it; for those that it is compared with. */
export function eventBody(id: string, name = 'custom.bench', payload: unknown = samplePayload(0)): Buffer {
  const attributes = { name, payload, 'created-at': new Date().toISOString(), 'redacted-at': null };
  return Buffer.from(JSON.stringify({ data: { type: 'event', id, attributes } }));
}
