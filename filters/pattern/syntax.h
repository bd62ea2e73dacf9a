/* syntax.h - what the parts of the grammar share. */
#ifndef JN_PATTERN_SYNTAX_H
#define JN_PATTERN_SYNTAX_H

#include "pattern/node.h"
#include "pattern/scanner.h"

enum { JN_PATTERN_TEXT_MAX = 16 * 1024, JN_PATTERN_DEPTH_MAX = 64 };

struct jn_pattern_parser {
    struct jn_pattern_scanner scanner; /* its token is the next one */
    struct jn_pattern_memory *memory;
    const struct jangle_pattern_function *functions; /* may be NULL */
    size_t depth_left;
    struct jangle_error *error; /* where and what: not NULL */

    /* jn_pattern_parse, which those that are called by it call in turn. */
    struct jn_pattern_node *(*parse)(struct jn_pattern_parser *parser);
};

/* Parse members, such as "a: 1, b: gt(0)", until `close`, which is not taken; or until
 * the end of the text, if `close` is zero. NULL: `error` says why. */
struct jn_pattern_node *jn_pattern_parse_members(struct jn_pattern_parser *parser,
                                                 char close);

/* A node of that kind, which stands at the token. */
struct jn_pattern_node *jn_pattern_node_new(struct jn_pattern_parser *parser,
                                            enum jn_pattern_kind kind);

/* Parse patterns with commas between them, until `close`, which is taken, and give them
 * to `node`. */
bool jn_pattern_parse_children(struct jn_pattern_parser *parser,
                               struct jn_pattern_node *node,
                               char close);

/* Say what is wrong at a place of the text, or that memory ran out. Returns NULL. */
JANGLE_PRINTF(3, 4)
void *jn_pattern_fail(struct jn_pattern_parser *parser,
                      const char *at,
                      const char *format,
                      ...);

/* A word that is a value. */
struct jn_pattern_constant {
    const char *word;
    enum jn_pattern_kind kind;
    bool boolean;
};

/* The one at the token; NULL: it is none. */
const struct jn_pattern_constant *
jn_pattern_constant_at(const struct jn_pattern_scanner *scanner);

/* A token as an argument that is proposed: as it is, or "..." if it is no plain value. */
const char *
jn_pattern_show_value(const struct jn_pattern_scanner *scanner, char *shown, size_t size);

/* The same at the token, which is shown: "a colon was expected, and this is ]". */
void *jn_pattern_fail_at_token(struct jn_pattern_parser *parser, const char *expected);

#endif
