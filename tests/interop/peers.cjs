'use strict'

// The npm packages jose, fast-jwt and jsonwebtoken, asked by tests/interop/node.py: each line of
// stdin is a request, each line of stdout its answer, {"value": …} or {"refused": why}.
//
// CommonJS, because `require` looks in NODE_PATH and `import` does not.

const crypto = require('node:crypto')
const readline = require('node:readline')
const { pathToFileURL } = require('node:url')

// Node 18, which Debian 12 has, keeps it back; jose from version 6 on expects it.
globalThis.crypto ??= crypto.webcrypto

const CURVES = {
  ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', ES256K: 'secp256k1',
  EdDSA: 'Ed25519', Ed25519: 'Ed25519', Ed448: 'Ed448', 'EdDSA/Ed448': 'Ed448'
}

/** The one key of a set that the token names, as RFC 7515, section 6, has it found. */
function named (set, token) {
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0], 'base64url'))
  const found = set.keys.filter(jwk => jwk.kid === kid)
  if (found.length !== 1) throw new Error(`${found.length} keys are called ${kid}`)
  return found[0]
}

/** A key as jsonwebtoken and fast-jwt take it: PEM, or a secret's bytes; JWKs go through Node. */
function native ({ form, data }, { secret, read, type, token }) {
  if (form === 'raw' || form === 'pem') return data
  const given = JSON.parse(data)
  const jwk = form === 'jwks' ? named(given, token) : given
  if (secret) return Buffer.from(jwk.k, 'base64url')
  return read({ key: jwk, format: 'jwk' }).export({ type, format: 'pem' })
}

function signingKey ({ key, algorithm }) {
  const secret = algorithm.startsWith('HS')
  return native(key, { secret, read: crypto.createPrivateKey, type: 'pkcs8' })
}

function verifyingKey ({ key, algorithm, token }) {
  const secret = algorithm.startsWith('HS')
  return native(key, { secret, read: crypto.createPublicKey, type: 'spki', token })
}

/** Key sets by URL. */
const remote = {}

const PEERS = {
  jsonwebtoken: ({ sign, verify }) => ({
    sign: request => sign(request.claims, signingKey(request), {
      algorithm: request.algorithm, keyid: request.kid, noTimestamp: !request.claims.iat
    }),
    verify: request => verify(request.token, verifyingKey(request), {
      algorithms: [request.algorithm]
    }),
    make: ({ kind }) => made(kind)
  }),

  'fast-jwt': ({ createSigner, createVerifier }) => ({
    sign: request => createSigner({
      algorithm: request.algorithm,
      kid: request.kid,
      key: signingKey(request),
      noTimestamp: !request.claims.iat
    })(request.claims),
    verify: request => createVerifier({
      algorithms: [request.algorithm], key: verifyingKey(request)
    })(request.token)
  }),

  jose: jose => ({
    async sign ({ key, kid, algorithm, claims }) {
      const signer = key.form === 'raw'
        ? key.data
        : key.form === 'jwk'
          ? await jose.importJWK(JSON.parse(key.data), algorithm)
          : await jose.importPKCS8(key.data.toString(), algorithm)
      return new jose.SignJWT(claims).setProtectedHeader({ alg: algorithm, kid }).sign(signer)
    },
    async verify ({ key, algorithm, token }) {
      const verifier = key.form === 'raw'
        ? key.data
        : key.form === 'pem'
          ? await jose.importSPKI(key.data.toString(), algorithm)
          : key.form === 'jwk'
            ? await jose.importJWK(JSON.parse(key.data), algorithm)
            : jose.createLocalJWKSet(JSON.parse(key.data))
      return (await jose.jwtVerify(token, verifier, { algorithms: [algorithm] })).payload
    },
    /** With keys by URL, kept so long; it asks again for an unknown kid only after 30 s. */
    async verifyRemote ({ url, keptMs, token, algorithm }) {
      remote[url] ??= jose.createRemoteJWKSet(new URL(url), { cacheMaxAge: keptMs })
      return (await jose.jwtVerify(token, remote[url], { algorithms: [algorithm] })).payload
    },
    async make ({ kind, algorithm }) {
      if (algorithm.startsWith('HS')) {
        const secret = await jose.generateSecret(algorithm, { extractable: true })
        return { 'private jwk': JSON.stringify(await jose.exportJWK(secret)) }
      }
      const options = { extractable: true, crv: CURVES[kind] }
      const { privateKey, publicKey } = await jose.generateKeyPair(algorithm, options)
      return {
        'private jwk': JSON.stringify(await jose.exportJWK(privateKey)),
        'public jwk': JSON.stringify(await jose.exportJWK(publicKey)),
        'private pem': await jose.exportPKCS8(privateKey),
        'public pem': await jose.exportSPKI(publicKey)
      }
    },
    /** One signature after the other; RFC 7515 has a detached JWS made by taking its payload out. */
    async signPayload ({ payload, jwks, form, detached, unencoded }) {
      const signer = new jose.GeneralSign(Buffer.from(payload, 'base64'))
      for (const jwk of jwks) {
        signer.addSignature(await jose.importJWK(jwk))
          .setProtectedHeader({ alg: jwk.alg, ...unencoded && { b64: false, crit: ['b64'] } })
          .setUnprotectedHeader(form === 'compact' ? undefined : { number: 1 })
      }
      const jws = await signer.sign()
      if (detached) delete jws.payload
      const [{ protected: header, signature }] = jws.signatures
      if (form === 'compact') return [header, jws.payload, signature].join('.')
      const { signatures, ...rest } = jws
      return JSON.stringify(form === 'general' ? jws : { ...rest, ...signatures[0] })
    },
    async verifyPayload ({ jws, jwk, payload }) {
      const [header, middle, signature] = jws.split('.')
      const { b64 } = JSON.parse(Buffer.from(header, 'base64url'))
      const apart = payload === null ? middle : Buffer.from(payload, 'base64')
      const verified = await jose.flattenedVerify({
        protected: header,
        payload: payload === null || b64 === false ? apart : apart.toString('base64url'),
        signature
      }, await jose.importJWK(jwk))
      return Buffer.from(verified.payload).toString('base64')
    },
    thumbprint: ({ jwk, hash }) => jose.calculateJwkThumbprint(jwk, hash)
  })
}

/** A key that Node itself makes, in every form that it writes. */
function made (kind) {
  if (kind.startsWith('HS')) {
    const secret = crypto.generateKeySync('hmac', { length: Number(kind.slice(2)) })
    return { 'private jwk': JSON.stringify(secret.export({ format: 'jwk' })) }
  }
  const curve = CURVES[kind]
  const type = kind.startsWith('ES') ? 'ec' : curve ? curve.toLowerCase() : 'rsa'
  const options = type === 'ec' ? { namedCurve: curve } : { modulusLength: 2048 }
  const { privateKey, publicKey } = crypto.generateKeyPairSync(type, options)
  const traditional = { rsa: 'pkcs1', ec: 'sec1' }[type]
  return {
    'private jwk': JSON.stringify(privateKey.export({ format: 'jwk' })),
    'public jwk': JSON.stringify(publicKey.export({ format: 'jwk' })),
    'private pem': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'public pem': publicKey.export({ type: 'spki', format: 'pem' }),
    ...traditional && {
      'private traditional pem': privateKey.export({ type: traditional, format: 'pem' })
    },
    ...type === 'rsa' && {
      'public traditional pem': publicKey.export({ type: 'pkcs1', format: 'pem' })
    }
  }
}

const loaded = {}

async function answer (request) {
  const name = request.peer
  if (!loaded[name]) {
    const library = await import(pathToFileURL(require.resolve(name)))
    loaded[name] = PEERS[name](library.default ?? library)
  }
  const key = request.key && {
    form: request.key.form, data: Buffer.from(request.key.data, 'base64')
  }
  return loaded[name][request.do]({ ...request, key })
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line)).then(
      value => ({ value }), error => ({ refused: `${error.name}: ${error.message}` })
    )
    process.stdout.write(JSON.stringify(reply) + '\n')
  }
}

main()
