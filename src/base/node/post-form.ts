import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { FormRequest, PostForm } from '../token-endpoint.js';

/** One POST over a connection of its own. */
export const postForm: PostForm = ({ url, headers, body, timeoutMs, bytesMax, authorities }: FormRequest) =>
  new Promise((resolve, reject) => {
    const begin = url.startsWith('https:') ? requestHttps : requestHttp;
    const ca = authorities === undefined ? undefined : [...rootCertificates, authorities];
    // Destroyed alone, an answer whose bytes have all come would still end in good order.
    const giveUp = (why: string) => {
      const error = new Error(why);
      reject(error);
      request.destroy(error);
    };
    const request = begin(url, { method: 'POST', headers, agent: false, ca }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > bytesMax) giveUp(`the answer has more than ${bytesMax} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    const timer = setTimeout(() => giveUp(`no answer within ${timeoutMs} ms`), timeoutMs);
    // Stays when it is settled: an error without a listener ends the process.
    request.on('error', reject);
    request.once('close', () => clearTimeout(timer));
    request.end(body);
  });
