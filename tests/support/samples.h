/* samples.h - a described struct with members of every kind, and values for it: random
 * ones, of a seed. */
#ifndef SAMPLES_H
#define SAMPLES_H

#include <jangle/message.h>

struct tag {
    const char *name;
    jangle_optional_real weight;
};

struct tags {
    struct tag *items;
    size_t count;
};

struct box {
    int64_t number;
    struct tags tags;
    jangle_json notes;
};

struct boxes {
    struct box *items;
    size_t count;
};

struct sample {
    const char *id;
    bool yes;
    int64_t whole;
    double real;
    jangle_time at;
    jangle_json json;
    jangle_optional_bool maybe;
    jangle_optional_int maybe_whole;
    jangle_optional_real maybe_real;
    jangle_optional_text maybe_text;
    jangle_optional_time maybe_at;
    struct tag tag;
    struct boxes boxes;
};

/* The same without doubles: only what jn_encode writes is canonical. */
struct exact_part {
    const char *name;
    jangle_optional_int weight;
};

struct exact_parts {
    struct exact_part *items;
    size_t count;
};

struct exact {
    const char *id;
    int64_t whole;
    bool yes;
    jangle_time at;
    jangle_json json;
    struct exact_part part;
    struct exact_parts parts;
    jangle_optional_text maybe_text;
    jangle_optional_bool maybe;
    jangle_optional_time maybe_at;
};

extern const struct jangle_message tag, box, sample, exact_part, exact;

/* The same seed gives the same values. */
struct samples {
    uint64_t state;
    bool plain_json; /* raw JSON has nothing in it that some readers refuse */
    struct jangle_arena *arena;
};

uint64_t sample_bits(struct samples *samples);
uint64_t sample_below(struct samples *samples, uint64_t limit);
int64_t sample_int(struct samples *samples);
double sample_real(struct samples *samples);
const char *sample_text(struct samples *samples);
const char *sample_json(struct samples *samples);
void sample_fill(struct samples *samples, struct sample *value);
void sample_fill_exact(struct samples *samples, struct exact *value);

#endif
