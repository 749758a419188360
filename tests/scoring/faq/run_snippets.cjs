// Reads {"snippets": [{code, claims: {line: text}}]} on stdin; prints one list of complaints a snippet.
// A claimed line calls said(LINE, …) in place of console.log(…); what it says is joined with one space.
const { format } = require("node:util");
const { SourceTextModule } = require("node:vm");
const { readFileSync } = require("node:fs");

const AsyncFunction = (async () => {}).constructor;
const WAIT_MS = 3000;
const POLL_MS = 5;
let escaped = [];
process.on("unhandledRejection", (error) => escaped.push(`unhandled rejection: ${error}`));
process.on("uncaughtException", (error) => escaped.push(`uncaught: ${error}`));

function syntaxProblem(code) {
  try {
    new SourceTextModule(code);
    return [];
  } catch (error) {
    return [`does not parse: ${error.message}`];
  }
}

async function until(done) {
  const end = Date.now() + WAIT_MS;
  while (!done() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

async function outputOf(code, claims) {
  const heard = {};
  const said = (line, ...values) => {
    const text = format(...values);
    heard[line] = line in heard ? `${heard[line]} ${text}` : text;
  };
  const quiet = Object.fromEntries(["log", "warn", "error", "time", "timeEnd", "table", "dir"].map((k) => [k, () => {}]));
  await new AsyncFunction("said", "console", "require", code)(said, quiet, require);
  await until(() => Object.keys(claims).every((line) => heard[line] === claims[line]) || escaped.length);
  return heard;
}

async function problemsOf({ original, code, claims }) {
  const problems = syntaxProblem(original);
  if (problems.length || !Object.keys(claims).length) return problems;
  escaped = [];
  try {
    const heard = await outputOf(code, claims);
    for (const [line, claim] of Object.entries(claims))
      if (heard[line] !== claim) problems.push(`line ${line} claims ${claim}, prints ${heard[line]}`);
  } catch (error) {
    problems.push(`throws ${error}`);
  }
  return problems.concat(escaped);
}

(async () => {
  const { snippets } = JSON.parse(readFileSync(0, "utf8"));
  const answers = [];
  for (const snippet of snippets) answers.push(await problemsOf(snippet));
  process.stdout.write(JSON.stringify(answers), () => process.exit(0));
})();
