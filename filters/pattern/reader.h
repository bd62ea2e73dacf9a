/* reader.h - goes through lists and objects of JSON that is known to be sound. It looks
 * only for what it needs, and so is some times faster than plugin/json.h. Of text that is
 * not sound it may read nonsense, but nothing behind its end. */
#ifndef JN_PATTERN_READER_H
#define JN_PATTERN_READER_H

#include <jangle/plugin/json.h>

/* A value of the document. NONE: the member is missing. */
struct jn_pattern_value {
    enum jn_json_kind kind;
    struct jn_json_span span;
};

struct jn_pattern_reader {
    const char *at, *end;
};

/* The value that is the whole of a text, but for space before it. */
struct jn_pattern_value jn_pattern_value_of(const char *text, size_t size);

/* Go into a list or an object. */
struct jn_pattern_reader jn_pattern_enter(const struct jn_pattern_value *value);

/* Go to the next item, or to the next member, whose name is as it is written, and past
 * it. False: there are no more. */
bool jn_pattern_next_item(struct jn_pattern_reader *reader,
                          struct jn_pattern_value *value);
bool jn_pattern_next_member(struct jn_pattern_reader *reader,
                            struct jn_json_span *name,
                            struct jn_pattern_value *value);

/* Has the text between the quotes an escape? */
bool jn_pattern_has_escapes(const struct jn_json_span *inside);

/* Are its escapes those of JSON, so that jn_json_unescape may read it? */
bool jn_pattern_is_sound(const struct jn_json_span *inside);

#endif
