/* attributes.h - the message attributes in which the parts of a parcel travel over SQS
 * and SNS. SNS discards a message of more than ten attributes without a word, so all
 * headers are in one. */
#ifndef JN_AWS_ATTRIBUTES_H
#define JN_AWS_ATTRIBUTES_H

#define JN_AWS_TYPE         "type" /* the route */
#define JN_AWS_CONTENT_TYPE "content-type"
#define JN_AWS_ID           "id"
#define JN_AWS_KEY          "key"

/* The message group of what has no key. Any other group, without the attribute above, is
 * the key of another program. */
#define JN_AWS_NO_GROUP "none"

/* A JSON list of headers: ["name", "value"], or ["name", "base64", 64] for a value that
 * is no UTF-8. */
#define JN_AWS_HEADERS "headers"

/* With this before its name, a text of the above is among the headers, because Amazon
 * cannot carry it in an attribute: [":id", ""]. */
#define JN_AWS_HIDDEN ':'

/* The attempt as which the message is received first; without it that is 1. */
#define JN_AWS_ATTEMPT "attempt"

/* How the body is written: JN_AWS_BASE64 if it is no text that Amazon carries,
 * JN_AWS_NONE if it is empty, which Amazon refuses, and JN_AWS_TEXT if it is what it
 * looks like. The last one is written only where a message would else have no attribute
 * and be taken for one that SNS has wrapped. */
#define JN_AWS_ENCODING "encoding"
#define JN_AWS_BASE64   "base64"
#define JN_AWS_NONE     "none"
#define JN_AWS_TEXT     "text"

#endif
