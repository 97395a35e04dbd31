import type { JsonObject } from '@credence/contract';
import type { InquiryRow } from '../db/queries/inquiries.ts';
import type { SessionRow } from '../db/queries/inquiry-sessions.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';

/** Nobody looks at a person's device: all that Persona shows of one is null. */
const noDevice: JsonObject = {
  'ip-address': null,
  'user-agent': null,
  'os-name': null,
  'os-full-version': null,
  'device-type': null,
  'device-name': null,
  'browser-name': null,
  'browser-full-version': null,
  'mobile-sdk-name': null,
  'mobile-sdk-full-version': null,
  'device-handoff-method': null,
  'is-proxy': null,
  'is-tor': null,
  'is-datacenter': null,
  'is-vpn': null,
  'threat-level': null,
  'country-code': null,
  'country-name': null,
  'region-code': null,
  'region-name': null,
  latitude: null,
  longitude: null,
  'gps-latitude': null,
  'gps-longitude': null,
  'gps-precision': null,
  'ip-connection-type': null,
  'ip-isp': null,
  'network-organization': null,
};

/** `inquiry-session` as Persona's document describes it. */
export function sessionResource(
  session: SessionRow,
  inquiry: Pick<InquiryRow, 'id' | 'redactedAt'>,
): OwnedResource {
  return {
    owner: inquiry.redactedAt === null ? inquiry.id : null,
    resource: {
      type: 'inquiry-session',
      id: session.id,
      attributes: {
        status: session.status,
        'created-at': session.createdAt.toISOString(),
        'started-at': session.startedAt?.toISOString() ?? null,
        'expired-at': session.expiredAt?.toISOString() ?? null,
        ...noDevice,
      },
      relationships: {
        inquiry: { data: { type: 'inquiry', id: inquiry.id } },
        device: { data: null },
        network: { data: null },
      },
    },
  };
}
