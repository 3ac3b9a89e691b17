// A page that uses the EchoMimic service, run by Node: fetch and FormData are the browser's, and so is what it may read.
//
// Arguments: address, portrait, speech, where the video goes, milliseconds between two polls.
// It ends with 3 if the service tells that the task has failed.

import { readFile, writeFile } from "node:fs/promises";

const [address, portrait, speech, video, pause] = process.argv.slice(2);
const origin = "http://studio.example";

// A browser names the page's site and hides the answer from it unless the answer lets everyone, or this site, read it.
async function ask(path, request = {}) {
  const answer = await fetch(address + path, { ...request, headers: { origin } });
  const allowed = answer.headers.get("access-control-allow-origin");
  if (allowed !== "*" && allowed !== origin) {
    throw new Error(`the page may not read ${path}: ${answer.status}`);
  }
  return answer;
}

async function submit() {
  const form = new FormData();
  form.append("reference_image", new Blob([await readFile(portrait)], { type: "image/png" }), "me.png");
  form.append("audio_file", new Blob([await readFile(speech)], { type: "audio/wav" }), "speech.wav");
  const answer = await ask("/generate_video", { method: "POST", body: form });
  return answer.json();
}

async function save(task) {
  // A link on a page: no script reads what it leads to.
  const answer = await fetch(`${address}/download/${task}`);
  await writeFile(video, Buffer.from(await answer.arrayBuffer()));
}

const { task_id: task } = await submit();
console.log("task", task);
let over = false;
const timer = setInterval(async () => {
  // It does not wait for the answer before: several may be under way.
  const told = await (await ask(`/task/${task}`)).json();
  console.log("status", told.status);
  if (over || !["completed", "failed"].includes(told.status)) {
    return;
  }
  over = true;
  clearInterval(timer);
  if (told.status === "failed") {
    console.log("error", told.error);
    process.exit(3);
  }
  await save(task);
}, Number(pause));
