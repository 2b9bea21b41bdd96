// Writes what is generated from the OpenAPI document, or with --check says whether it is what that gives:
// schema.d.ts (types) and access.ts (which roles may call what, for navigation).
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

const source = new URL('../../crates/api/openapi.json', import.meta.url)
const document = JSON.parse(await readFile(source, 'utf8'))
const head = '// Generated from crates/api/openapi.json by `npm run client`: do not edit.\n\n'

function access() {
  const lines = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation['x-who'])
      .map(([method, operation]) => {
        const who = operation['x-who'].map((name) => `'${name}'`).join(', ')
        return `  '${method.toUpperCase()} ${path}': [${who}],\n`
      }),
  )
  return `${head}/** Who may call an operation, by its method and path. */\nexport const WHO = {\n${lines.join('')}} as const\n`
}

// The client reads JSON alone: what is given as a sheet as well is a link for people to follow.
for (const operation of Object.values(document.paths).flatMap((item) => Object.values(item))) {
  for (const { content } of Object.values(operation.responses ?? {})) {
    if (!content?.['application/json']) continue
    for (const media of Object.keys(content)) if (media !== 'application/json') delete content[media]
  }
}

// What is not there is left out of answers and may be left out of bodies; null is never sent.
const types = astToString(await openapiTS(document, { defaultNonNullable: true })).replaceAll(' | null', '')

const files = {
  'schema.d.ts': head + types,
  'access.ts': access(),
}
for (const [name, text] of Object.entries(files)) {
  const file = new URL(`../src/shared/api/${name}`, import.meta.url)
  if (!process.argv.includes('--check')) {
    await writeFile(file, text)
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`web/src/shared/api/${name} is not what crates/api/openapi.json gives: run \`npm run client\` in web/`)
    process.exit(1)
  }
}
