"""Ed25519 of RFC 8032, section 5.1: whether a signature is good. Slow, and not for secrets."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
  """Points are (X, Y, Z, T) with x = X/Z, y = Y/Z and xy = T/Z (5.1.4)."""
  e, f = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
  g, h = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
  e, f, g, h = f - e, h - g, h + g, f + e
  return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
  result = (0, 1, 1, 0)
  while number:
    if number & 1:
      result = add(result, point)
    point = add(point, point)
    number >>= 1
  return result


def decode(encoded):
  """The point, or None (5.1.3)."""
  number = int.from_bytes(encoded, "little")
  sign, y = number >> 255, number % 2**255 % P
  square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
  x = pow(square, (P + 3) // 8, P)
  if (x * x - square) % P:
    x = x * pow(2, (P - 1) // 4, P) % P
  if (x * x - square) % P or (x == 0 and sign):
    return None
  if x & 1 != sign:
    x = P - x
  return x, y, 1, x * y % P


def encode(point):
  inverse = pow(point[2], -1, P)
  x, y = point[0] * inverse % P, point[1] * inverse % P
  return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def public_key(seed):
  scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
  return encode(times(scalar & (2**254 - 8) | 2**254, BASE))


def verify(key, signature, message):
  """P-40: S below L, and [S]B - [k]A has exactly the bytes of R."""
  point, s = decode(key), int.from_bytes(signature[32:], "little")
  if point is None or s >= L:
    return False
  k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
  x, y, z, t = point
  return encode(add(times(s, BASE), times(k, (-x, y, z, -t)))) == signature[:32]
