/* pattern.h - the pattern language, a filter that says in words which messages are
 * wanted. Link jangle_pattern.
 *
 *     .where = JANGLE_PATTERN(
 *         "domain: 'shopping_cart', name: match('item[.].*'), version: one_of(1, 2),"
 *         "item_id: not(empty()), quantity: gt(0), object: {type: 'shopping_cart'}")
 *
 * It is the language of SQS MEGA (https://github.com/mega-distributed/sqs-mega-python),
 * with its words and its spellings: `name = value` means the same as `name: value`, and a
 * function's name may end with _ as it does there (not_, in_, and_, or_, any_).
 * docs/patterns.md has an example of each:
 *
 *     null true false 5 5.0 decimal('5.00') 'text' "text" r'text'
 *     [..] {name: pattern, ..}
 *     DateTime('2020-01-01T10:00Z')   a moment, to the second; a date alone is all of
 *                                     that day
 *     eq(x) neq(x) gt(x) gte(x) lt(x) lte(x)
 *     match(x)                        of a text: a regular expression (PCRE2), from the
 *                                     start; of a list: all of these are in it, in any
 *                                     order; of true, false and null: what Python takes
 *                                     for them; else the same as eq(x)
 *     in([..]) one_of(x, ..)          one of these, each of which may be a pattern
 *     not(p) and(p, ..) or(p, ..)
 *     empty()                         missing, null, "", [] or {}
 *     any()                           whatever it is, even missing
 *     call(name)                      a function of your program says whether it matches
 *
 * A pattern has the members that are to match, in any order; what else a document has is
 * not looked at. A member that is missing matches null, empty(), any() and the not() of
 * all others, and nothing else.
 *
 * A value of a type that cannot be compared with the pattern, such as a list with 5, is a
 * misfit: it matches neither a pattern nor the not() of it. A pattern that is decided by
 * others is decided: or('a', gt(5)) matches "a", although "a" is no number. Filters count
 * messages whose result is a misfit as mismatched (plugin/filter.h, FI-2).
 *
 * The words at the top of a pattern look at a message in the shape of MEGA, wherever it
 * comes from:
 *
 *     name       the name of the type, outside    publisher   the source
 *     version    of the type                      attributes  the data: an object
 *     timestamp  when it happened                 domain, object, extra, protocol:
 *     subject    whom it is about: as a rule the              if the format has them
 *                id of the aggregate
 *     ...        any other word: a member of the data
 *
 * A filter of a subscriber sees the name and the version under which the event is stored,
 * and one of a route those outside (plugin/filter.h, FI-2).
 *
 * A time counts microseconds in a filter's document, and in data of jangle, and is then
 * compared with a DateTime as if it were written as text. */
#ifndef JANGLE_PATTERN_H
#define JANGLE_PATTERN_H

#include <jangle/plugin/filter.h>

JANGLE_C_BEGIN

/* The filter. jangle_open refuses a pattern that cannot be compiled, with its column. */
JANGLE_API extern const struct jangle_filter_ops jangle_pattern_ops;

#define JANGLE_PATTERN(text)                                                             \
    {                                                                                    \
        text, &jangle_pattern_ops                                                        \
    }

/* ---- the same by hand: for tools and tests --------------------------------- */

/* A compiled pattern, which never changes: any number of threads may match it at the same
 * time. */
struct jangle_pattern;

/* A function of your program, for call(name). It may be called by several threads at the
 * same time, and must give the same answer every time. `json` is the text of a value,
 * which is as long as `size` says and does not end with a zero; NULL: the member is
 * missing. */
struct jangle_pattern_function {
    const char *name; /* letters, digits and _ */
    bool (*holds)(void *context, const char *json, size_t size);
    void *context;
};

enum jangle_match {
    JANGLE_MATCHES,
    JANGLE_DIFFERS,
    JANGLE_MISFITS /* a value that decides is of a type that cannot be compared; or the
                      match would cost too much; or the document is no JSON */
};

struct jangle_pattern_options {
    /* For call(name): an array that ends with {0}, which must live as long as the
     * pattern. NULL: there are none, as in a filter. */
    const struct jangle_pattern_function *functions;

    /* Judge as the code of SQS MEGA does, and not as its manual says: the first value
     * that does not fit makes the result MISFITS, whatever is around it (there it is an
     * exception); a member that is missing counts as if it matched; each pattern of a
     * list takes the first element that matches it; and in() takes no list and no object.
     */
    bool strict;

    /* The text is one pattern, such as gt(0), and is matched to any JSON value. */
    bool value;

    /* Memory for the pattern, which is copied. NULL: malloc and free. */
    const struct jangle_allocator *allocator;
};

/* Compile a text, which is copied. `options` may be NULL.
 *
 * INVALID: the text is no pattern, and `error` says in which column, counted in
 * characters from 1: "column 17: match() needs a text". So is NULL, a text of more than
 * 16 KiB, one with patterns in more than 64 others, and a list of more than 64 patterns
 * that is to be equal (in() and match() take longer ones). NO_MEMORY. After an error
 * *pattern is NULL. */
JANGLE_API enum jangle_result
jangle_pattern_compile(const char *text,
                       const struct jangle_pattern_options *options,
                       struct jangle_pattern **pattern,
                       struct jangle_error *error);

/* Match a document: a JSON object, or with options.value any JSON value. An object that
 * has no member "event" which is an object is data: all words are looked up in it.
 *
 * `why` may be NULL. If the document does not match, `why` has REJECTED, or INVALID for a
 * misfit, and a sentence that names the member that decides: "object.type is a text, and
 * does not match". It never holds a value of the document.
 *
 * A match takes no memory but some 400 KiB of the stack, and has limits, beyond which it
 * is a misfit: 2 million steps, of which comparing a pattern with a value takes one, and
 * each 64 bytes that are read for that another; and 100,000 steps of PCRE2 for one
 * regular expression and one text. The same call always gives the same answer. */
JANGLE_API enum jangle_match jangle_pattern_match(const struct jangle_pattern *pattern,
                                                  const char *json,
                                                  size_t size,
                                                  struct jangle_error *why);

/* NULL is allowed. */
JANGLE_API void jangle_pattern_free(struct jangle_pattern *pattern);

JANGLE_C_END

#endif
