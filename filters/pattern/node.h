/* node.h - a pattern as a tree, which is made when it is compiled and then only read. */
#ifndef JN_PATTERN_NODE_H
#define JN_PATTERN_NODE_H

#include "pattern/memory.h"
#include "pattern/moment.h"
#include "pattern/number.h"

#include <jangle/pattern.h>

enum { JN_PATTERN_LIST_MAX = 64 }; /* elements of a list that is compared as a whole */

enum jn_pattern_kind {
    JN_PATTERN_NULL,
    JN_PATTERN_BOOLEAN,
    JN_PATTERN_TEXT,
    JN_PATTERN_NUMBER,
    JN_PATTERN_MOMENT,
    JN_PATTERN_LIST,
    JN_PATTERN_MAPPING, /* the kinds up to this one are values, which have a relation */
    JN_PATTERN_IN,
    JN_PATTERN_NOT,
    JN_PATTERN_AND,
    JN_PATTERN_OR,
    JN_PATTERN_EMPTY,
    JN_PATTERN_ANY,
    JN_PATTERN_CALL
};

/* What a value of the document must be to the value of the pattern. */
enum jn_pattern_relation {
    JN_PATTERN_EQUAL,
    JN_PATTERN_MATCH,
    JN_PATTERN_GREATER,
    JN_PATTERN_GREATER_OR_EQUAL,
    JN_PATTERN_LESS,
    JN_PATTERN_LESS_OR_EQUAL
};

/* Where a word at the top of a pattern is looked up (document.c). */
enum jn_pattern_place {
    JN_PATTERN_IN_DATA,  /* a word that MEGA does not know */
    JN_PATTERN_IN_EVENT, /* name, version, timestamp, subject, publisher, attributes */
    JN_PATTERN_DOMAIN,
    JN_PATTERN_OBJECT,
    JN_PATTERN_PROTOCOL,
    JN_PATTERN_EXTRA
};

struct jn_pattern_regex;

struct jn_pattern_node {
    enum jn_pattern_kind kind;
    enum jn_pattern_relation relation;
    const char *at;               /* in the text of the pattern, for its errors */
    struct jn_pattern_node *next; /* of the same list, function or mapping */

    /* A list, a mapping, or a function of patterns. */
    struct jn_pattern_node *children;
    size_t count;

    /* A member of a mapping has a name. */
    const char *name;
    size_t name_size;
    enum jn_pattern_place place;

    /* The value, by its kind. */
    bool boolean;
    const char *text;
    size_t size;
    const struct jn_pattern_regex *regex; /* of a text with JN_PATTERN_MATCH */
    struct jn_pattern_number number;
    enum jn_pattern_cast cast;
    struct jn_pattern_moment moment;
    const struct jangle_pattern_function *function;
};

struct jangle_pattern {
    struct jn_pattern_memory memory; /* of all that hangs on it, and of itself */
    const struct jn_pattern_node *root;
    bool strict;
    bool value;
};

#endif
