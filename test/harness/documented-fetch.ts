/**
 * For `node --import`: in a process that a test starts, an answer that is not as docs/openapi.json says is an error. So the
 * command line of the played tutorials, which is a process of its own, is held to the document as well.
 */
const { fetch: ask } = globalThis;

globalThis.fetch = async (input, init) => {
  const response = await ask(input, init);
  // Read only by those that ask at all: most lines of a tutorial are quick.
  const { demandDocumented } = await import('./documented.js');
  try {
    await demandDocumented(init?.method ?? 'GET', input instanceof Request ? input.url : String(input), response);
  } catch (error) {
    console.error(error);
    throw error;
  }
  return response;
};
