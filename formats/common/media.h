/* media.h - what a content type says. A type is compared without its parameters and in
 * any case; NULL is the same as "". */
#ifndef JN_MEDIA_H
#define JN_MEDIA_H

#include <stdbool.h>

/* Is it `type`, which is in lower case? */
bool jn_media_is(const char *content_type, const char *type);

/* Does it begin with `start`, which is in lower case? */
bool jn_media_starts(const char *content_type, const char *start);

/* Is there none? */
bool jn_media_is_missing(const char *content_type);

/* JSON: application/json, text/json, and what ends with +json. */
bool jn_media_is_json(const char *content_type);

/* Text: text/..., application/xml, and what ends with +xml. */
bool jn_media_is_text(const char *content_type);

/* Does it leave open which format the message has? Only then a format looks at the body.
 * Many programs send application/octet-stream or text/plain whatever the body is. */
bool jn_media_is_open(const char *content_type);

#endif
