/** The invented person of the demo. The names are rare, so that a search for them finds nothing else. */
export const person = {
  'name-first': 'Tamsinelle',
  'name-last': 'Okonjo-Vale',
  birthdate: '1991-04-07',
} as const;

/** Those of the person's values that occur in a text. */
export function personalValuesIn(text: string): string[] {
  return Object.values(person).filter((value) => text.includes(value));
}
