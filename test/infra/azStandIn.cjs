#!/usr/bin/env node
// Stands in for the Azure CLI: answers by the rules in FAKE_AZ_RULES ([[part of the command, answer], …], the first that
// fits; none: an error) and writes each call, with what came on stdin, to FAKE_AZ_LOG.
const { appendFileSync, readFileSync } = require('node:fs');

const words = process.argv.slice(2);
const command = words.join(' ');
const stdin = words.includes('/dev/stdin') ? readFileSync(0, 'utf8') : undefined;
appendFileSync(process.env.FAKE_AZ_LOG, `${JSON.stringify({ command, stdin })}\n`);
const rule = JSON.parse(process.env.FAKE_AZ_RULES).find(([part]) => command.includes(part));
if (rule === undefined) {
  process.stderr.write(`unexpected: az ${command}\n`);
  process.exitCode = 3;
} else if (rule[1] !== '') process.stdout.write(`${rule[1]}\n`);
