import { one, open, personal, type ResourceDeclaration } from './declare.ts';
import { choice, instant, nullable, number, text, yesNo } from './shapes.ts';

const about = (what: string, example?: string) => personal(nullable(text(what, example)));
const whether = (what: string) => personal(nullable(yesNo(what)));
const degrees = (what: string) => personal(nullable(number(what)));

export const inquirySession: ResourceDeclaration = {
  description: 'One visit of a person to an inquiry. What is known of the device is null until there is one.',
  idPrefix: 'iqse',
  attributes: {
    status: open(choice('How far the visit has come.', ['new', 'active', 'expired'])),
    'created-at': open(instant('When it was created.')),
    'started-at': open(nullable(instant('When its link was first followed.'))),
    'expired-at': open(nullable(instant('When it ended.'))),
    'ip-address': about('Address that the visit came from.', '203.0.113.7'),
    'user-agent': about('What the browser calls itself.'),
    'os-name': about('Operating system.', 'iOS'),
    'os-full-version': about('Version of the operating system.', '17.0.1'),
    'device-type': about('Kind of device.', 'smartphone'),
    'device-name': about('Model of the device.'),
    'browser-name': about('Browser.', 'Firefox'),
    'browser-full-version': about('Version of the browser.', '128.0'),
    'mobile-sdk-name': about('SDK that the visit came through.'),
    'mobile-sdk-full-version': about('Version of that SDK.'),
    'device-handoff-method': about('How the visit moved to another device.', 'qr'),
    'is-proxy': whether('The address is a proxy.'),
    'is-tor': whether('The address is an exit of Tor.'),
    'is-datacenter': whether('The address belongs to a data centre.'),
    'is-vpn': whether('The address belongs to a VPN.'),
    'threat-level': about('How suspicious the address is.', 'low'),
    'country-code': about('Country of the address, ISO 3166-1 alpha-2.', 'US'),
    'country-name': about('Name of that country.'),
    'region-code': about('Region of the address.', 'CA'),
    'region-name': about('Name of that region.'),
    latitude: degrees('Latitude that the address suggests.'),
    longitude: degrees('Longitude that the address suggests.'),
    'gps-latitude': degrees('Latitude that the device gave.'),
    'gps-longitude': degrees('Longitude that the device gave.'),
    'gps-precision': about('How exact the device was.', 'precise'),
    'ip-connection-type': about('Kind of connection.', 'residential'),
    'ip-isp': about('Provider of the address.'),
    'network-organization': about('Owner of the network.'),
  },
  relationships: { inquiry: one('inquiry'), device: one('device'), network: one('network') },
};
