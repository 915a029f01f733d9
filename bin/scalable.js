#!/usr/bin/env node
// Old versions of Node.js must get as far as the message: no static imports, no syntax newer than theirs. The version
// is that of "engines" in package.json; a test holds the two together.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`scalable needs Node.js 22.18 or newer; this is ${process.version}.`);
  process.exitCode = 1;
} else {
  void import("../dist/cli/main.js");
}
