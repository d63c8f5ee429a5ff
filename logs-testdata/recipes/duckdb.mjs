// Answers a question by DuckDB's library, as "duckdb < FILE" does: a JSON object a row.
import { createRequire } from "node:module"
import { readFileSync } from "node:fs"

const { DuckDBInstance } = createRequire(process.env.DUCKDB + "/")("@duckdb/node-api")
const connection = await (await DuckDBInstance.create()).connect()
await connection.run("SET TimeZone = 'UTC'")
const [file, data] = process.argv.slice(2)
const sql = file.endsWith(".sql") ? readFileSync(file, "utf8").replaceAll("runs.jsonl", data) : file
for (const row of (await connection.runAndReadAll(sql)).getRowObjectsJson()) console.log(JSON.stringify(row))
