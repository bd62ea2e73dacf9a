/* json.h - reads JSON text (RFC 8259) piece by piece: no tree, no recursion, no memory.
 *
 *     jn_json_enter(&json);
 *     for (bool first = true; jn_json_next_member(&json, first, &name); first = false)
 *         jn_json_skip(&json, &value);
 *
 * After the first fault every call fails, and there are no more members.
 */
#ifndef JN_JSON_H
#define JN_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JN_JSON_DEPTH_MAX = 1024 }; /* also if a limit is greater */

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
    const char *fault; /* what is wrong at `at`; NULL: nothing so far */
};

/* A part of the text: one value, without the space around it. */
struct jn_json_span {
    const char *text;
    size_t size;
};

/* At most `depth` lists and objects may be nested. It is a fault if the text is not
 * UTF-8. */
void jn_json_init(struct jn_json *json, const char *text, size_t size, int64_t depth);

/* The kind of the value that comes next, after space. */
enum jn_json_kind jn_json_peek(struct jn_json *json);

/* Go into the list or object that comes next. */
bool jn_json_enter(struct jn_json *json);

/* Go to the next item; or past the end of the list, which is false. */
bool jn_json_next_item(struct jn_json *json, bool first);

/* Go to the value of the next member; or past the end of the object, which is false. The
 * name is as it is written, without its quotes. */
bool jn_json_next_member(struct jn_json *json, bool first, struct jn_json_span *name);

/* Go past a value of any kind. */
bool jn_json_skip(struct jn_json *json, struct jn_json_span *value);

/* True if nothing but space is left. */
bool jn_json_finish(struct jn_json *json);

/* One value, and space around it. */
bool jn_json_whole(struct jn_json *json, struct jn_json_span *value);

/* Write the text between the quotes to `to`, which has span->size bytes at least, with
 * its escapes replaced. Returns NULL, or why not: it has a NUL, or half a surrogate pair.
 */
const char *jn_json_unescape(const struct jn_json_span *span, char *to, size_t *size);

/* Is the text between the quotes this one, with its escapes replaced? */
bool jn_json_says(const struct jn_json_span *span, const char *text);

#endif
