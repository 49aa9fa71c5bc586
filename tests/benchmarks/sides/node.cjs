'use strict'

// The npm packages fast-jwt, jsonwebtoken and jose, asked by node.py: each line of stdin is a
// request, each line of stdout its answer, or {"refused": why}. A process serves one package, so
// that none runs in the garbage of another.
//
// CommonJS, because `require` looks in NODE_PATH and `import` does not.

const crypto = require('node:crypto')
const readline = require('node:readline')
const { pathToFileURL } = require('node:url')

// Node 18, which Debian 12 has, keeps it back; jose from version 6 on expects it.
globalThis.crypto ??= crypto.webcrypto

/** Return {sign, verify} with keys that are ready, for each package. */
const PACKAGES = {
  'fast-jwt': ({ createSigner, createVerifier }, { algorithm, privateKey, publicKey, lifetime }) => ({
    sign: createSigner({ algorithm, key: privateKey, expiresIn: lifetime * 1000 }),
    verify: createVerifier({ algorithms: [algorithm], key: publicKey })
  }),

  jsonwebtoken (jwt, { algorithm, privateKey, publicKey, lifetime }) {
    const secret = algorithm.startsWith('HS')
    const signing = secret ? crypto.createSecretKey(privateKey) : crypto.createPrivateKey(privateKey)
    const verifying = secret ? signing : crypto.createPublicKey(publicKey)
    return {
      sign: claims => jwt.sign(claims, signing, { algorithm, expiresIn: lifetime }),
      verify: token => jwt.verify(token, verifying, { algorithms: [algorithm] })
    }
  },

  async jose (jose, { algorithm, privateKey, publicKey, lifetime }) {
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    const secret = algorithm.startsWith('HS') && await globalThis.crypto.subtle.importKey(
      'raw', privateKey, hmac, false, ['sign', 'verify']
    )
    const signing = secret || await jose.importPKCS8(privateKey.toString(), algorithm)
    const verifying = secret || await jose.importSPKI(publicKey.toString(), algorithm)
    return {
      sign (claims) {
        const now = Math.floor(Date.now() / 1000)
        return new jose.SignJWT(claims)
          .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
          .setIssuedAt(now)
          .setExpirationTime(now + lifetime)
          .sign(signing)
      },
      verify: async token =>
        (await jose.jwtVerify(token, verifying, { algorithms: [algorithm] })).payload
    }
  }
}

/** Return the loops. Only jose's wait: `await` would cost the others what they do not need. */
function loops ({ sign, verify }, given, waits) {
  if (waits) {
    return {
      async mint ({ count }) {
        const tokens = []
        for (let i = 0; i < count; i++) {
          tokens.push(await sign({ ...given, jti: crypto.randomUUID() }))
        }
        return tokens
      },
      async verify ({ tokens }) {
        let claims
        for (const token of tokens) claims = await verify(token)
        return claims
      }
    }
  }
  return {
    mint ({ count }) {
      const tokens = []
      for (let i = 0; i < count; i++) tokens.push(sign({ ...given, jti: crypto.randomUUID() }))
      return tokens
    },
    verify ({ tokens }) {
      let claims
      for (const token of tokens) claims = verify(token)
      return claims
    }
  }
}

let ready

async function prepare (request) {
  const library = await import(pathToFileURL(require.resolve(request.package)))
  const side = await PACKAGES[request.package](library.default ?? library, {
    ...request,
    privateKey: Buffer.from(request.private, 'hex'),
    publicKey: Buffer.from(request.public, 'hex')
  })
  ready = loops(side, request.claims, request.package === 'jose')
  return {}
}

async function timed (request) {
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  const output = await ready[request.do](request)
  const wall = Number(process.hrtime.bigint() - start)
  const { user, system } = process.cpuUsage(cpu)
  return { wall_seconds: wall / 1e9, cpu_seconds: (user + system) / 1e6, output }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    const reply = await (request.do === 'prepare' ? prepare(request) : timed(request)).catch(
      error => ({ refused: `${error.name}: ${error.message}` })
    )
    process.stdout.write(JSON.stringify(reply) + '\n')
  }
}

main()
