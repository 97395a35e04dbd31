/** What the server prints once it is ready. */
export interface Greeting {
  readonly url: string;
  /** Only at the first start, and only where no key was configured. */
  readonly sandboxKey: string | undefined;
  readonly templateId: string;
  readonly verificationTemplateIds: { readonly governmentId: string; readonly selfie: string };
}

/** Undefined until all of it is there. */
export function readGreeting(stdout: string): Greeting | undefined {
  const url = /^Credence \S+ listens on (http:\/\/\S+)$/m.exec(stdout)?.[1];
  const templateId = /^ +inquiry template +(itmpl_\w+) /m.exec(stdout)?.[1];
  const governmentId = /^ +verification +(vtmpl_\w+) +government-id$/m.exec(stdout)?.[1];
  const selfie = /^ +verification +(vtmpl_\w+) +selfie$/m.exec(stdout)?.[1];
  if (url === undefined || templateId === undefined || governmentId === undefined || selfie === undefined)
    return undefined;
  return {
    // One that listens on all addresses is reached on loopback.
    url: url.replace('//0.0.0.0:', '//127.0.0.1:'),
    sandboxKey: /^ +sandbox API key +(persona_sandbox_\S+)$/m.exec(stdout)?.[1],
    templateId,
    verificationTemplateIds: { governmentId, selfie },
  };
}
