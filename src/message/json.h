/* json.h - reads JSON text (RFC 8259) a step at a time: no tree, no recursion, no memory.
 *
 *     jn_json_enter(&json);
 *     for (bool first = true; jn_json_next_member(&json, first, &name); first = false)
 *         jn_json_skip(&json, &value);
 *
 * The first fault sticks: from then on every step fails, and there are no more members.
 */
#ifndef JN_JSON_H
#define JN_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JN_JSON_DEPTH_MAX = 1024 }; /* whatever the limit says */

enum jn_json_kind {
    JN_JSON_NONE, /* no value starts here */
    JN_JSON_NULL,
    JN_JSON_BOOL,
    JN_JSON_NUMBER,
    JN_JSON_TEXT,
    JN_JSON_LIST,
    JN_JSON_OBJECT
};

struct jn_json {
    const char *start;
    const char *at;
    const char *end;
    int64_t depth_left;
    const char *fault; /* in words; NULL: none yet. It is at `at` */
};

/* A part of the text: a value with no space around it. */
struct jn_json_span {
    const char *text;
    size_t size;
};

/* `depth` lists and objects may stand in one another. A fault if it is not UTF-8. */
void jn_json_init(struct jn_json *json, const char *text, size_t size, int64_t depth);

/* What comes next, after space. */
enum jn_json_kind jn_json_peek(struct jn_json *json);

/* Step into the list or object that comes next. */
bool jn_json_enter(struct jn_json *json);

/* To the next item, or past the list's end: false. */
bool jn_json_next_item(struct jn_json *json, bool first);

/* To the next member's value, or past the object's end: false. The name is as written,
 * without its quotes. */
bool jn_json_next_member(struct jn_json *json, bool first, struct jn_json_span *name);

/* Past a value of any kind. */
bool jn_json_skip(struct jn_json *json, struct jn_json_span *value);

/* Is there nothing but space left? */
bool jn_json_finish(struct jn_json *json);

/* One value, and space around it. */
bool jn_json_whole(struct jn_json *json, struct jn_json_span *value);

/* What a text says, into `to`, of at least span.size bytes. Otherwise the reason: it has
 * a NUL, or half a surrogate pair. The span is what is between the quotes. */
const char *jn_json_unescape(const struct jn_json_span *span, char *to, size_t *size);

/* Does it say this? */
bool jn_json_says(const struct jn_json_span *span, const char *text);

#endif
