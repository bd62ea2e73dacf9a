/* decode.h - reads CloudEvents in both of their forms. */
#ifndef JN_CLOUDEVENTS_DECODE_H
#define JN_CLOUDEVENTS_DECODE_H

#include <jangle/plugin/format.h>

jangle_format_decode_fn jn_cloudevents_decode;

#endif
