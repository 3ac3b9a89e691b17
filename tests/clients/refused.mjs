// Requests that are refused, each with a large body, by Node's fetch: counts the codes that it gets to read.
//
// Arguments: address, an API key, how many bytes a body has. It prints an object of codes and numbers; what is lost counts
// under the error's own code.

const [address, key, bytes] = process.argv.slice(2);
const content = () => new Blob([new Uint8Array(Number(bytes))]);

function form(field) {
  const form = new FormData();
  form.append(field, content(), "me.jpg");
  return form;
}

const requests = [
  () => ["/v1/photos", { body: form("file"), headers: { "x-api-key": "none" } }],
  () => ["/v1/nothing", { body: form("file"), headers: { "x-api-key": key } }],
  () => ["/v1/photos", { body: content(), headers: { "x-api-key": key, "content-type": "image/jpeg" } }],
  () => ["/v1/photos", { body: form("picture"), headers: { "x-api-key": key } }],
];

const told = {};
for (const request of requests) {
  for (let n = 0; n < 6; n += 1) {
    const [path, options] = request();
    let code;
    try {
      const answer = await fetch(address + path, { method: "POST", ...options });
      code = (await answer.json()).code;
    } catch (error) {
      code = error.cause?.code ?? String(error);
    }
    told[code] = (told[code] ?? 0) + 1;
  }
}
console.log(JSON.stringify(told));
