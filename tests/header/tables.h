/* tables.h - messages of every kind, for macros.c. */
#ifndef TABLES_H
#define TABLES_H

#include <jangle/jangle.h>

struct part {
    const char *name;
    int64_t weight;
};

struct parts {
    struct part *items;
    size_t count;
};

struct everything {
    const char *id;
    bool yes;
    int64_t whole;
    double real;
    jangle_time at;
    jangle_json json;
    jangle_optional_bool optional_bool;
    jangle_optional_int optional_int;
    jangle_optional_real optional_real;
    jangle_optional_text optional_text;
    jangle_optional_time optional_time;
    struct part part;
    struct parts parts;
};

struct many {
    int64_t m01, m02, m03, m04, m05, m06, m07, m08, m09, m10, m11, m12, m13, m14, m15,
        m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31,
        m32;
};

/* Members that are called as the checkpoints are. */
struct words {
    const char *list;
    int64_t nested, check, version, key, set, answer;
};

struct row {
    const char *id;
    const char *name;
    int64_t balance;
    int64_t balance_version;
    jangle_optional_int state;
};

extern const struct jangle_message part, everything, many, words;
extern const struct jangle_message fixed, only_id, question;
extern const struct jangle_upsert row;

struct fixed {
    int64_t count;
};

struct only_id {
    const char *id;
};

struct question {
    int64_t limit;
};

void check_everything(struct jangle_check *check, const void *message);

#endif
