/** Names of the subdivisions of the United States, in lower case, and their postal abbreviations. */
const abbreviations: ReadonlyMap<string, string> = new Map(
  (
    'alabama AL,alaska AK,american samoa AS,arizona AZ,arkansas AR,california CA,colorado CO,connecticut CT,' +
    'delaware DE,district of columbia DC,florida FL,georgia GA,guam GU,hawaii HI,idaho ID,illinois IL,indiana IN,' +
    'iowa IA,kansas KS,kentucky KY,louisiana LA,maine ME,maryland MD,massachusetts MA,michigan MI,minnesota MN,' +
    'mississippi MS,missouri MO,montana MT,nebraska NE,nevada NV,new hampshire NH,new jersey NJ,new mexico NM,' +
    'new york NY,north carolina NC,north dakota ND,northern mariana islands MP,ohio OH,oklahoma OK,oregon OR,' +
    'pennsylvania PA,puerto rico PR,rhode island RI,south carolina SC,south dakota SD,tennessee TN,texas TX,' +
    'utah UT,vermont VT,virgin islands VI,virginia VA,washington WA,west virginia WV,wisconsin WI,wyoming WY'
  )
    .split(',')
    .map((line) => [line.slice(0, -3), line.slice(-2)]),
);

/** `California` → `CA`. What is short already stays; null for a subdivision of which no abbreviation is known. */
export function subdivisionAbbreviation(subdivision: string): string | null {
  const name = subdivision.trim();
  if (/^[A-Z]{2,3}$/.test(name)) return name;
  return abbreviations.get(name.toLowerCase()) ?? null;
}

/** `94111-1234` → `94111`; any other postal code is its own short form. */
export function shortPostalCode(postalCode: string): string {
  return /^(\d{5})-\d{4}$/.exec(postalCode.trim())?.[1] ?? postalCode;
}
