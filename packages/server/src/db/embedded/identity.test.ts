import { expect, test } from 'vitest';
import { chooseIdentity, parsePasswd, spawnAs } from './identity.ts';

const ROOT = { uid: 0, gid: 0 };
const PASSWD = [
  'root:x:0:0:root:/root:/bin/bash',
  '# a comment',
  'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin',
  'postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash',
].join('\n');

test('an ordinary user stays who they are, with or without a name', () => {
  const identity = chooseIdentity({ uid: 1000, gid: 100 }, '');
  expect(identity).toEqual({ uid: 1000, gid: 100, isSwitched: false });
  expect(spawnAs(identity)).toEqual({});
});

test('root prefers a user of its own, then that of databases, then nobody', () => {
  const credence = `${PASSWD}\ncredence:x:900:901::/:`;
  expect(chooseIdentity(ROOT, credence)).toEqual({ uid: 900, gid: 901, isSwitched: true });
  expect(chooseIdentity(ROOT, PASSWD)).toMatchObject({ uid: 101, gid: 104 });
  expect(chooseIdentity(ROOT, PASSWD.replace('postgres', 'other'))).toMatchObject({
    uid: 65_534,
    gid: 65_533,
  });
});

test('root without any such user, or with one that is root too, is told what to do', () => {
  for (const passwd of ['', 'root:x:0:0::/root:/bin/sh\nnobody:x:0:0::/:']) {
    expect(() => chooseIdentity(ROOT, passwd)).toThrow(
      expect.objectContaining({ code: 'unknown_user', message: expect.stringContaining('DATABASE_URL') }),
    );
  }
});

test('lines that are no accounts are passed over, such as the -2 of macOS', () => {
  expect(parsePasswd('nobody:*:-2:-2::/:\n+::::::\n\nada:x:7:8::/:')).toEqual([
    { name: 'ada', uid: 7, gid: 8 },
  ]);
});
