/* sigv4.c - Signature Version 4, computed once more from what was received. */
#include "brokers/aws/sigv4.h"
#include "brokers/aws/stand_in.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST = 32, BLOCK = 64, HEX = 2 * DIGEST + 1, TEXT_SIZE = 16384 };

/* ---- SHA-256 (FIPS 180-4) -------------------------------------------------- */

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2};

static uint32_t turn(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

static void take_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t words[64], s[8];

    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | (uint32_t)block[4 * i + 3];
    for (int i = 16; i < 64; i++)
        words[i] =
            words[i - 16] + words[i - 7] +
            (turn(words[i - 15], 7) ^ turn(words[i - 15], 18) ^ words[i - 15] >> 3) +
            (turn(words[i - 2], 17) ^ turn(words[i - 2], 19) ^ words[i - 2] >> 10);
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t first = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
                         ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + words[i];
        uint32_t second = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
                          ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += first;
        s[0] = first + second;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

static void sha256(const void *bytes, size_t size, unsigned char digest[DIGEST])
{
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    size_t whole = size / BLOCK * BLOCK;
    unsigned char end[2 * BLOCK] = {0};
    size_t end_size = size - whole < BLOCK - 8 ? BLOCK : 2 * BLOCK;

    for (size_t i = 0; i < whole; i += BLOCK)
        take_block(state, (const unsigned char *)bytes + i);
    if (size > whole)
        memcpy(end, (const unsigned char *)bytes + whole, size - whole);
    end[size - whole] = 0x80;
    for (size_t i = 0; i < 8; i++)
        end[end_size - 1 - i] = (unsigned char)((uint64_t)size * 8 >> 8 * i);
    for (size_t i = 0; i < end_size; i += BLOCK)
        take_block(state, end + i);
    for (size_t i = 0; i < DIGEST; i++)
        digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

/* RFC 2104. The key is never longer than a block here. */
static void
hmac(const void *key, size_t key_size, const char *text, unsigned char digest[DIGEST])
{
    static unsigned char buffer[BLOCK + TEXT_SIZE];
    unsigned char inner[DIGEST], outer[BLOCK + DIGEST];
    size_t size = strlen(text);

    memset(buffer, 0x36, BLOCK);
    memset(outer, 0x5c, BLOCK);
    for (size_t i = 0; i < key_size; i++) {
        buffer[i] ^= ((const unsigned char *)key)[i];
        outer[i] ^= ((const unsigned char *)key)[i];
    }
    memcpy(buffer + BLOCK, text, size);
    sha256(buffer, BLOCK + size, inner);
    memcpy(outer + BLOCK, inner, DIGEST);
    sha256(outer, sizeof outer, digest);
}

static void write_hex(const unsigned char digest[DIGEST], char text[HEX])
{
    for (size_t i = 0; i < DIGEST; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* ---- the parts of a request ------------------------------------------------ */

struct signature {
    char scope[200]; /* DATE/REGION/SERVICE/aws4_request */
    char names[400]; /* of the headers that were signed */
    char value[HEX];
};

static bool copy_part(const char *text, const char *before, char *to, size_t size)
{
    const char *start = strstr(text, before);
    size_t length;

    if (!start)
        return false;
    start += strlen(before);
    length = strcspn(start, ", \r\n");
    if (length >= size)
        return false;
    memcpy(to, start, length);
    to[length] = '\0';
    return true;
}

static bool read_signature(const char *head, struct signature *signature)
{
    char credential[300];
    const char *slash;

    if (!strstr(head, "AWS4-HMAC-SHA256 ") ||
        !copy_part(head, "Credential=", credential, sizeof credential) ||
        !copy_part(head, "SignedHeaders=", signature->names, sizeof signature->names) ||
        !copy_part(head, "Signature=", signature->value, sizeof signature->value))
        return false;
    slash = strchr(credential, '/');
    if (!slash)
        return false;
    snprintf(signature->scope, sizeof signature->scope, "%s", slash + 1);
    return true;
}

/* Each header that was signed, as "name:value". False: one was not sent. */
static bool write_headers(const char *head, const char *names, char *text, size_t size)
{
    size_t used = 0;

    while (*names) {
        size_t length = strcspn(names, ";");
        char name[100];
        char *value;

        snprintf(name, sizeof name, "%.*s", (int)length, names);
        value = stand_in_header(head, name);
        if (!value)
            return false;
        used += (size_t)snprintf(text + used, size - used, "%s:%s\n", name, value);
        free(value);
        names += length + (names[length] == ';');
    }
    return true;
}

/* Every header that says something to Amazon must be signed. */
static bool all_are_signed(const char *head, const char *names)
{
    const char *line = strstr(head, "\r\n");

    for (; line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        char name[100] = "";
        size_t length = strcspn(line + 2, ":\r\n");

        for (size_t i = 0; i < length && i < sizeof name - 1; i++)
            name[i] = (char)tolower((unsigned char)line[2 + i]);
        if ((strncmp(name, "x-amz-", 6) == 0 || strcmp(name, "host") == 0 ||
             strcmp(name, "content-type") == 0) &&
            !strstr(names, name))
            return false;
    }
    return true;
}

/* ---- the signature --------------------------------------------------------- */

static void write_canonical(const char *head,
                            const struct signature *signature,
                            const char *headers,
                            const char *body,
                            size_t body_size,
                            char hex[HEX])
{
    static char text[TEXT_SIZE];
    unsigned char digest[DIGEST];
    char path[200] = "/";
    char body_hex[HEX];

    sscanf(head, "%*s %199s", path);
    sha256(body, body_size, digest);
    write_hex(digest, body_hex);
    snprintf(text, sizeof text, "POST\n%s\n\n%s\n%s\n%s", path, headers, signature->names,
             body_hex);
    sha256(text, strlen(text), digest);
    write_hex(digest, hex);
}

static void sign(const char *secret, const char *scope, const char *text, char hex[HEX])
{
    unsigned char key[DIGEST];
    char first[200], part[100];

    snprintf(first, sizeof first, "AWS4%s", secret);
    snprintf(part, sizeof part, "%.*s", (int)strcspn(scope, "/"), scope);
    hmac(first, strlen(first), part, key);
    for (int i = 0; i < 3; i++) {
        scope += strcspn(scope, "/") + 1;
        snprintf(part, sizeof part, "%.*s", (int)strcspn(scope, "/"), scope);
        hmac(key, DIGEST, part, key);
    }
    hmac(key, DIGEST, text, key);
    write_hex(key, hex);
}

const char *sigv4_fault(const char *secret_access_key,
                        const char *head,
                        const char *body,
                        size_t body_size)
{
    static char headers[TEXT_SIZE / 2];
    struct signature signature;
    char canonical[HEX], expected[HEX], text[600];
    char *date;

    if (!read_signature(head, &signature))
        return "it has no signature";
    if (!write_headers(head, signature.names, headers, sizeof headers))
        return "a header was signed and not sent";
    if (!all_are_signed(head, signature.names))
        return "a header was sent and not signed";
    date = stand_in_header(head, "x-amz-date");
    if (!date)
        return "it has no date";
    write_canonical(head, &signature, headers, body, body_size, canonical);
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", date, signature.scope,
             canonical);
    free(date);
    sign(secret_access_key, signature.scope, text, expected);
    return strcmp(expected, signature.value) == 0 ? NULL : "the signature is another";
}
