// Questions to the server: of a kind only one is under way, and of those that wait only the last is asked.
import { byId } from "./words.js";

// What a reader is told; any other error is a fault of this page and goes to the console.
export class Unanswered extends Error {}

export async function ask(path, query = {}) {
  let answer;
  let told;
  try {
    answer = await fetch(`/api/${path}?${new URLSearchParams(query)}`, { credentials: "omit" });
    told = await answer.json();
  } catch {
    throw new Unanswered("No answer: is laionet explore still running?");
  }
  if (!answer.ok) throw new Unanswered(told.error);
  return told;
}

export function trouble(error) {
  if (error && !(error instanceof Unanswered)) throw error;
  byId("trouble").hidden = !error;
  byId("trouble").textContent = error ? error.message : "";
}

// Runs a work once nothing has asked for it for a moment: under a moving slider the counts come first.
export function settled(work, milliseconds = 120) {
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(work, milliseconds);
  };
}

export function latest(work) {
  let busy = false;
  let next = null;
  return async function run(...given) {
    next = given;
    if (busy) return;
    busy = true;
    try {
      while (next) {
        const now = next;
        next = null;
        await work(...now);
        trouble(null);
      }
    } catch (error) {
      trouble(error);
    } finally {
      busy = false;
      if (next) run(...next);
    }
  };
}
