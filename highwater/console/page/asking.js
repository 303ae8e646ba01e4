// Asks the command that serves this page. The token is in memory alone: who loads the page again needs the address.
const GONE = "The console does not answer: look at its terminal, does `highwater console` still run?", LONGEST = 150000;
const SIGN = "#token=";
let token = "";

// An answer that did not come, as one sentence.
export class Trouble extends Error {}

export function takeToken() {
  if (!location.hash.startsWith(SIGN)) return;
  token = location.hash.slice(SIGN.length);
  history.replaceState(null, "", location.pathname);
}

export async function ask(path, body) {
  let answer, said;
  try {
    answer = await fetch(`api/${path}`, {
      method: body ? "POST" : "GET", body: body && JSON.stringify(body),
      headers: {"X-Highwater-Token": token}, signal: AbortSignal.timeout(LONGEST),
    });
    said = await answer.json();
  } catch {
    throw new Trouble(GONE);
  }
  if (!answer.ok) throw new Trouble(said.error);
  return said;
}
