import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The certificates of a PEM file, or what is wrong with it, to go on after the name of a setting. */
export async function readCaFile(
  path: string,
): Promise<{ readonly pem: string } | { readonly problem: string }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    return { problem: `names ${path}, which cannot be read (${code})` };
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  // A block that is cut off is not found above, and would be left out without a word.
  const begun = text.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (begun === 0) return { problem: `names ${path}, which has no PEM certificate in it` };
  const broken = blocks.findIndex((block) => !isCertificate(block));
  if (blocks.length < begun || broken !== -1) {
    const which = broken === -1 ? blocks.length : broken;
    return { problem: `names ${path}, whose certificate ${String(which + 1)} cannot be parsed` };
  }
  return { pem: blocks.join('\n') };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
