// A program that uses OpenAI's own library: a video is created from two files, waited for, listed, downloaded and deleted.
//
// Arguments: address with /v1, portrait, speech, where the video goes, the model or nothing.

const { createReadStream, writeFileSync } = require("node:fs");
const OpenAI = require("openai");

const [address, portrait, speech, out, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: address, apiKey: "sk-nobody", maxRetries: 0, timeout: 60000 });
const named = model ? { model } : {};

async function main() {
  try {
    await client.videos.create({ prompt: "A friendly host", ...named });
    throw new Error("a text alone was taken");
  } catch (error) {
    if (!(error instanceof OpenAI.BadRequestError)) throw error;
    console.log("refused", error.param, error.code);
  }
  const files = { input_reference: createReadStream(portrait), audio: createReadStream(speech) };
  let video = await client.videos.create({ prompt: "A friendly host", ...files, ...named });
  console.log("created", video.object, video.model);
  while (video.status === "queued" || video.status === "in_progress") {
    await new Promise((later) => setTimeout(later, 50));
    video = await client.videos.retrieve(video.id);
  }
  console.log("ended", video.status, video.progress, video.error);
  const content = await client.videos.downloadContent(video.id);
  writeFileSync(out, Buffer.from(await content.arrayBuffer()));
  const found = [];
  for await (const one of client.videos.list({ limit: 1 })) found.push(one.id);
  console.log("listed", found.length === 1 && found[0] === video.id);
  const gone = await client.videos.delete(video.id);
  console.log("deleted", gone.object, gone.deleted);
}

main();
