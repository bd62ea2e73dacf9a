/* samples.c - values of every kind, the strange ones as often as the usual. */
#include "support/samples.h"

#include "base/arena.h"
#include "base/utf8.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

JANGLE_STRUCT(tag, name, weight);
JANGLE_STRUCT(box, number, list(tags, tag), notes);
JANGLE_STRUCT(sample,
              id,
              yes,
              whole,
              real,
              at,
              json,
              maybe,
              maybe_whole,
              maybe_real,
              maybe_text,
              maybe_at,
              nested(tag, tag),
              list(boxes, box));

JANGLE_STRUCT(exact_part, name, weight);
JANGLE_STRUCT(exact,
              id,
              whole,
              yes,
              at,
              json,
              nested(part, exact_part),
              list(parts, exact_part),
              maybe_text,
              maybe,
              maybe_at);

/* SplitMix64 (Steele, Lea, Flood, 2014). */
uint64_t sample_bits(struct samples *samples)
{
    uint64_t bits = samples->state += 0x9e3779b97f4a7c15;

    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
}

uint64_t sample_below(struct samples *samples, uint64_t limit)
{
    return sample_bits(samples) % limit;
}

int64_t sample_int(struct samples *samples)
{
    static const int64_t known[] = {
        0, 1,   -1,        INT64_MAX,      INT64_MIN, INT64_MAX - 1,
        9, -10, 1ll << 53, (1ll << 53) + 1};
    int64_t value;
    uint64_t bits;

    if (sample_below(samples, 3) == 0)
        return known[sample_below(samples, sizeof known / sizeof *known)];
    bits = sample_bits(samples) >> sample_below(samples, 64);
    if (sample_below(samples, 2))
        bits = ~bits;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double sample_real(struct samples *samples)
{
    static const double known[] = {
        0.0,     -0.0,        0.1,       1.0 / 3,
        DBL_MAX, -DBL_MAX,    DBL_MIN,   5e-324,
        1e21,    1e15,        1e16,      123456789.0,
        1e-5,    DBL_EPSILON, 0x1p-1017, 2.2250738585072011e-308};
    uint64_t bits = sample_bits(samples);
    double value;

    switch (sample_below(samples, 4)) {
    case 0:
        return known[bits % (sizeof known / sizeof *known)];
    case 1:
        return (double)(bits >> 40) / 100;
    case 2:
        return ldexp(1, (int)(bits % 2098) - 1074);
    default:
        memcpy(&value, &bits, sizeof value);
        return isfinite(value) ? value : (double)bits;
    }
}

static uint32_t sample_character(struct samples *samples)
{
    static const uint32_t limits[] = {0x20, 0x7F, 0x80, 0x800, 0x10000, 0x110000};
    static const uint32_t known[] = {'"',    '\\',   '/',    0x7F,     0xE9,   0xD7FF,
                                     0xE000, 0xFFFD, 0xFFFF, 0x10FFFF, 0x2028, 0xFEFF};
    uint32_t character;

    if (sample_below(samples, 6) == 0)
        return known[sample_below(samples, sizeof known / sizeof *known)];
    character = (uint32_t)sample_below(samples, limits[sample_below(samples, 6)]);
    return character && character >> 11 != 0x1B ? character : 'x';
}

const char *sample_text(struct samples *samples)
{
    size_t length = sample_below(samples, sample_below(samples, 20) ? 20 : 600);
    char *text = jangle_alloc(samples->arena, length * JN_UTF8_SIZE + 1);
    char *end = text;

    assert(text);
    for (size_t i = 0; i < length; i++)
        end += jn_utf8_write(end, sample_character(samples));
    return text;
}

const char *sample_json(struct samples *samples)
{
    static const char *const known[] = {
        "null", "true", "[]", "{}", "0", "-0.0", "\"\"", "1e-7", "\"\\u00e9\\n\\/\"",
        "[1, 2,\t3\n]", "{\"a\" : {\"b\": [ {} , [[]] ]}}", "{\"\":\"\xf0\x9f\x98\x80\"}",
        /* what only some read */
        "1e999", "123456789012345678901234567890", "\"\\u0000\"", "\"\\ud800\"",
        "{\"a\":1,\"a\":2}"};
    size_t count = sizeof known / sizeof *known - (samples->plain_json ? 5 : 0);
    const char *inner = known[sample_below(samples, count)];

    if (sample_below(samples, 3))
        return inner;
    return jangle_text(samples->arena, "{\"k%" PRIu64 "\" :[%s,\"%s\"]}",
                       sample_below(samples, 100), inner, "v");
}

static bool given(struct samples *samples)
{
    return sample_below(samples, 3) != 0;
}

static struct tag sample_tag(struct samples *samples)
{
    return (struct tag){.name = sample_text(samples),
                        .weight = {given(samples), sample_real(samples)}};
}

static struct box sample_box(struct samples *samples)
{
    struct box value = {.number = sample_int(samples),
                        .tags.count = sample_below(samples, 3),
                        .notes = {given(samples) ? sample_json(samples) : NULL}};

    value.tags.items =
        jangle_alloc(samples->arena, value.tags.count * sizeof *value.tags.items);
    for (size_t i = 0; i < value.tags.count; i++)
        value.tags.items[i] = sample_tag(samples);
    return value;
}

void sample_fill(struct samples *samples, struct sample *value)
{
    *value = (struct sample){
        .id = sample_text(samples),
        .yes = sample_below(samples, 2),
        .whole = sample_int(samples),
        .real = sample_real(samples),
        .at = {sample_int(samples)},
        .json = {given(samples) ? sample_json(samples) : NULL},
        .maybe = {given(samples), sample_below(samples, 2)},
        .maybe_whole = {given(samples), sample_int(samples)},
        .maybe_real = {given(samples), sample_real(samples)},
        .maybe_text = {given(samples), sample_text(samples)},
        .maybe_at = {given(samples), {sample_int(samples)}},
        .tag = sample_tag(samples),
        .boxes.count = sample_below(samples, 4),
    };
    value->boxes.items =
        jangle_alloc(samples->arena, value->boxes.count * sizeof *value->boxes.items);
    for (size_t i = 0; i < value->boxes.count; i++)
        value->boxes.items[i] = sample_box(samples);
}

static struct exact_part sample_part(struct samples *samples)
{
    return (struct exact_part){.name = sample_text(samples),
                               .weight = {given(samples), sample_int(samples)}};
}

void sample_fill_exact(struct samples *samples, struct exact *value)
{
    *value = (struct exact){
        .id = sample_text(samples),
        .whole = sample_int(samples),
        .yes = sample_below(samples, 2),
        .at = {sample_int(samples)},
        .json = {given(samples) ? sample_json(samples) : NULL},
        .part = sample_part(samples),
        .parts.count = sample_below(samples, 4),
        .maybe_text = {given(samples), sample_text(samples)},
        .maybe = {given(samples), sample_below(samples, 2)},
        .maybe_at = {given(samples), {sample_int(samples)}},
    };
    value->parts.items =
        jangle_alloc(samples->arena, value->parts.count * sizeof *value->parts.items);
    for (size_t i = 0; i < value->parts.count; i++)
        value->parts.items[i] = sample_part(samples);
}
