/* xml.h - the XML in which SNS and STS answer. */
#ifndef JN_AWS_XML_H
#define JN_AWS_XML_H

#include <stdbool.h>
#include <stddef.h>

struct jn_aws_xml_visitor {
    /* An element that has no other in it, with its text, when it ends. `parent` is the
     * element around it, "" at the top. False: no more. */
    bool (*leaf)(void *context, const char *parent, const char *name, const char *text);

    /* An element that had others in it, when it ends. NULL: of no interest. */
    bool (*end)(void *context, const char *name);
    void *context;
};

/* Visit the elements of a document in their order. False: it is malformed, is nested more
 * than 16 times, has a document type, has a text of more than 256 KiB, or the visitor has
 * stopped it. Names are without their namespace. */
bool jn_aws_xml_visit(const void *bytes,
                      size_t size,
                      const struct jn_aws_xml_visitor *visitor);

#endif
