/* any.c - the type that stands for every type that has no row of its own. */
#include <jangle/messaging.h>

JANGLE_EVENT(jangle_any, type, content_type, data);
