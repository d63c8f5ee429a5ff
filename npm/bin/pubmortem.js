#!/usr/bin/env node
"use strict";

// The program itself is in the optional dependency for this system, which npm
// picks by "os" and "cpu". This file finds it and runs it; nothing runs when
// the package is installed.

const { spawn } = require("child_process");

const system = process.platform + "-" + process.arch;
const name = "@pubmortem/" + system;

let program;
try {
  program = require.resolve(name + "/bin/pubmortem" + (process.platform === "win32" ? ".exe" : ""));
} catch (_) {
  const known = require("../package.json").optionalDependencies || {};
  const help =
    name in known
      ? "the package " + name + " is missing; install pubmortem again without --omit=optional, on this system"
      : "there is no package for " + system + "; build it with: go install github.com/pubmortem/pubmortem/cmd/pubmortem@latest";
  console.error("pubmortem: " + help);
  process.exit(2);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });

// A terminal sends Ctrl-C to the program, too. Here it must only not end this
// process before the program has cleaned up.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));

child.on("error", (err) => {
  console.error("pubmortem: " + program + " cannot be run: " + err.message);
  process.exit(2);
});
child.on("exit", (code, signal) => {
  if (signal !== null) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    return;
  }
  process.exitCode = code;
});
