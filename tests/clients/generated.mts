// A program by types that are made of the gateway's document: a portrait and speech are uploaded, a job is submitted and asked for
// until its end, its video is downloaded, a job comes with its files, and a wrong request is read as what it is.
//
// Arguments: address, portrait, speech, where the video goes. The types are in `gateway.d.ts`.

import { readFileSync, writeFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./gateway.d.ts";

type Job = components["schemas"]["JobView"];
type Problem = components["schemas"]["Problem"];

const [address, portrait, speech, out] = process.argv.slice(2) as [string, string, string, string];
const client = createClient<paths>({ baseUrl: address });

// The types take every file for a text.
const file = (path: string) => new Blob([readFileSync(path)]) as unknown as string;

function form(fields: object): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    form.set(name, value instanceof Blob || typeof value === "string" ? value : JSON.stringify(value));
  }
  return form;
}

function taken<T>({ data, error }: { data?: T; error?: Problem }): T {
  if (data === undefined) throw new Error(`${error?.code}: ${error?.detail}`);
  return data;
}

const photo = taken(await client.POST("/v1/photos", { body: { file: file(portrait) }, bodySerializer: form }));
const audio = taken(await client.POST("/v1/audio", { body: { file: file(speech) }, bodySerializer: form }));
console.log("uploaded", photo.verdict.valid, photo.faces.length, audio.seconds);

const wanted = { photo_id: photo.id, audio_id: audio.id, params: { fps: 20 } };
let job: Job = taken(await client.POST("/v1/jobs", { body: wanted }));
while (job.state === "queued" || job.state === "running") {
  await new Promise((later) => setTimeout(later, 50));
  job = taken(await client.GET("/v1/jobs/{id}", { params: { path: { id: job.id } } }));
}
console.log("ended", job.state, job.video?.frames, job.params["fps"], job.progress.phase);
const video = await client.GET("/v1/jobs/{id}/video", { params: { path: { id: job.id } }, parseAs: "arrayBuffer" });
writeFileSync(out, Buffer.from(taken(video)));

const waited = await client.POST("/v1/jobs", {
  params: { header: { Prefer: "wait=60" } },
  body: { photo: file(portrait), audio: file(speech), params: { fps: 10 }, priority: 1, strict: true },
  bodySerializer: form,
});
const ended = taken(waited);
console.log("waited", waited.response.status, ended.state, ended.priority, ended.video?.frames);
const query = { state: "succeeded", limit: 1 } as const;
const page = taken(await client.GET("/v1/jobs", { params: { query } }));
console.log("listed", page.jobs[0]?.id === ended.id, page.next === ended.id);

const { error } = await client.POST("/v1/jobs", { body: { engine: "tetscard", audio_id: photo.id } });
console.log("refused", error?.status, error?.code, error?.errors.map((fault) => `${fault.field}=${fault.code}`).join(" "));
