/* digest.c - MD5 (RFC 1321), and UUIDs of version 5 (RFC 9562) by SHA-1 (RFC 3174). None
 * of them protects anything here: SQS answers with the first, and the second only makes a
 * long key short. */
#include "aws/wire/digest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { BLOCK = 64 };

/* One block of a digest. */
typedef void block_fn(uint32_t *state, const unsigned char block[BLOCK]);

/* Feed all bytes and the end: a bit, zeros, and the length in bits. */
static void digest(uint32_t *state,
                   block_fn *take,
                   bool big_endian,
                   const unsigned char *bytes,
                   size_t size)
{
    unsigned char block[BLOCK] = {0};
    uint64_t bits = (uint64_t)size * 8;
    size_t left = size;

    for (; left >= BLOCK; left -= BLOCK, bytes += BLOCK)
        take(state, bytes);
    if (left)
        memcpy(block, bytes, left);
    block[left] = 0x80;
    if (left >= BLOCK - 8) {
        take(state, block);
        memset(block, 0, BLOCK);
    }
    for (unsigned i = 0; i < 8; i++)
        block[BLOCK - 8 + i] = (unsigned char)(bits >> (big_endian ? 56 - 8 * i : 8 * i));
    take(state, block);
}

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

/* ---- MD5 ----------------------------------------------------------------------- */

/* 2^32 times the absolute sine of 1, 2, 3... */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
    0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
    0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
    0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
    0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
    0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
    0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
    0xeb86d391};

static uint32_t md5_mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
    switch (round) {
    case 0:
        return (b & c) | (~b & d);
    case 1:
        return (b & d) | (c & ~d);
    case 2:
        return b ^ c ^ d;
    default:
        return c ^ (b | ~d);
    }
}

static void take_md5(uint32_t *state, const unsigned char block[BLOCK])
{
    static const unsigned shifts[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    static const unsigned steps[4] = {1, 5, 3, 7}, starts[4] = {0, 1, 5, 0};
    uint32_t words[16];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

    for (unsigned i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
                   (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
    for (unsigned i = 0; i < 64; i++) {
        unsigned round = i / 16;
        uint32_t sum = a + md5_mix(round, b, c, d) + sines[i] +
                       words[(starts[round] + steps[round] * (i % 16)) % 16];

        a = d;
        d = c;
        c = b;
        b += rotate(sum, shifts[round][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void jn_aws_md5(const void *bytes, size_t size, char text[JN_AWS_MD5_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

    digest(state, take_md5, false, bytes, size);
    for (unsigned i = 0; i < 16; i++) {
        unsigned byte = state[i / 4] >> (i % 4 * 8) & 0xff;

        *text++ = digits[byte >> 4];
        *text++ = digits[byte & 15];
    }
    *text = '\0';
}

/* ---- UUIDs --------------------------------------------------------------------- */

static uint32_t sha1_mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
    switch (round) {
    case 0:
        return (b & c) | (~b & d);
    case 2:
        return (b & c) | (b & d) | (c & d);
    default:
        return b ^ c ^ d;
    }
}

static void take_sha1(uint32_t *state, const unsigned char block[BLOCK])
{
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t words[80];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    for (unsigned i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | (uint32_t)block[4 * i + 3];
    for (unsigned i = 16; i < 80; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (unsigned i = 0; i < 80; i++) {
        unsigned round = i / 20;
        uint32_t sum =
            rotate(a, 5) + sha1_mix(round, b, c, d) + e + words[i] + constants[round];

        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = sum;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

enum { NAMESPACE = 16, NAME_MAX_SIZE = 4096 };

void jn_aws_uuid5(const char *name, char text[JN_AWS_UUID_TEXT])
{
    static const unsigned char url[NAMESPACE] = {0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad,
                                                 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0,
                                                 0x4f, 0xd4, 0x30, 0xc8};
    static const char digits[] = "0123456789abcdef";
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    unsigned char bytes[NAMESPACE + NAME_MAX_SIZE];
    size_t size = strlen(name);

    size = size < NAME_MAX_SIZE ? size : NAME_MAX_SIZE;
    memcpy(bytes, url, NAMESPACE);
    memcpy(bytes + NAMESPACE, name, size);
    digest(state, take_sha1, true, bytes, NAMESPACE + size);
    for (unsigned i = 0; i < 16; i++) {
        unsigned byte = state[i / 4] >> (24 - i % 4 * 8) & 0xff;

        byte = i == 6 ? (byte & 15) | 0x50 : i == 8 ? (byte & 63) | 0x80 : byte;
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *text++ = '-';
        *text++ = digits[byte >> 4];
        *text++ = digits[byte & 15];
    }
    *text = '\0';
}
