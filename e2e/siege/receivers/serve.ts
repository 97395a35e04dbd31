import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Member } from '../crowd.ts';
import { nowMs } from '../time.ts';
import { behave } from './behaviours.ts';
import * as certificates from './certificates.ts';
import { readReceipt, type ReceiptFile } from './receipt.ts';

export interface Notebook {
  readonly record: ReceiptFile;
  /** By the key of the webhook, oldest first. */
  readonly secrets: ReadonlyMap<string, readonly string[]>;
  /** Writes down what was not answered yet. */
  readonly open: Set<() => void>;
}

/** Starts one receiver on loopback. Returns its URL without a path. */
export async function serve(member: Member, notebook: Notebook): Promise<string> {
  const server = serverOf(member, notebook);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address with a port.
  const { port } = server.address() as AddressInfo;
  return `${member.certificate === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`;
}

function serverOf(member: Member, notebook: Notebook): Server {
  if (member.behaviour === 'reset-before-reading')
    return createTcpServer((socket) => quietly(socket).resetAndDestroy());
  if (member.behaviour === 'handshake-reset') {
    return createTcpServer((socket) => quietly(socket).once('data', () => socket.resetAndDestroy()));
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    receive({ member, notebook, request, response }).catch(() => request.destroy());
  };
  const server =
    member.certificate === undefined
      ? createHttpServer(listener)
      : createHttpsServer({ ...certificates[member.certificate] }, listener);
  return server.on('clientError', (_error, socket: Socket) => socket.destroy());
}

function quietly(socket: Socket): Socket {
  return socket.on('error', () => undefined);
}

interface Receiving {
  readonly member: Member;
  readonly notebook: Notebook;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A request whose sender was killed in the middle of it is no receipt. */
async function receive({ member, notebook, request, response }: Receiving): Promise<void> {
  const atMs = nowMs();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const key = request.url?.slice(1) ?? '';
  const arrived = { key, atMs, headers: request.headers, body: Buffer.concat(chunks) };
  const receipt = readReceipt(arrived, notebook.secrets.get(key) ?? []);
  const write = (): void => {
    if (!notebook.open.delete(write)) return;
    // What was written by hand into the socket is no answer.
    const isAnswered = response.writableFinished && response.headersSent;
    notebook.record.write({ ...receipt, answered: isAnswered ? response.statusCode : undefined });
  };
  notebook.open.add(write);
  response.on('close', write);
  await behave(member.behaviour, {
    request,
    response,
    eventId: receipt.eventId ?? '',
    attempt: receipt.attempt ?? 0,
  });
}
