/* web.c - signed requests to Amazon, by libcurl.
 *
 * libcurl signs what it sends. No header is set that it might not send, such as
 * "Expect:", because it would be signed nevertheless, and Amazon would refuse the
 * signature. */
#include "aws/web.h"
#include "aws/clock.h"
#include "aws/settings.h"

#include <assert.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 32 << 20, DRIVE_MS = 200, SOCKETS_MAX = 64 };

struct jn_aws_web {
    CURLM *multi;
    int sockets[SOCKETS_MAX]; /* those that are open; -1: a free place */
};

static const char *const service_names[] = {
    [JN_AWS_SQS] = "sqs", [JN_AWS_SNS] = "sns", [JN_AWS_STS] = "sts"};

/* ---- sockets ------------------------------------------------------------------- */

/* They are noted, because a child that fork has made must not say anything on them, and
 * libcurl says goodbye to a server that speaks TLS. */
static void note_socket(struct jn_aws_web *web, int from, int to)
{
    size_t i = 0;

    while (i < SOCKETS_MAX && web->sockets[i] != from)
        i++;
    if (i < SOCKETS_MAX)
        web->sockets[i] = to;
}

static curl_socket_t
open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    int file =
        socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (file >= 0)
        note_socket(context, -1, file);
    return file;
}

static int close_socket(void *context, curl_socket_t file)
{
    note_socket(context, file, -1);
    return close(file);
}

/* What is written there from now on goes nowhere. If nothing more can be opened, the
 * descriptors are closed, and libcurl finds nobody to say goodbye to. */
void jn_aws_web_mute(struct jn_aws *aws)
{
    const struct jn_aws_web *web = aws->web;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (size_t i = 0; i < SOCKETS_MAX; i++)
        if (web->sockets[i] >= 0 && (nowhere < 0 || dup2(nowhere, web->sockets[i]) < 0))
            close(web->sockets[i]);
    if (nowhere >= 0)
        close(nowhere);
}

/* ---- begin and end ------------------------------------------------------------- */

static CURLcode curl_fault;

static void init_curl(void)
{
    curl_fault = curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct jn_aws_web *jn_aws_web_new(struct jn_aws *aws)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct jn_aws_web *web = jn_new(&aws->allocator, sizeof *web);

    if (!web)
        return NULL;
    pthread_once(&once, init_curl);
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        web->sockets[i] = -1;
    web->multi = curl_fault ? NULL : curl_multi_init();
    if (!web->multi) {
        jn_free(&aws->allocator, web);
        return NULL;
    }
    return web;
}

void jn_aws_web_free(struct jn_aws *aws)
{
    struct jn_aws_web *web = aws->web;

    if (!web)
        return;
    curl_multi_cleanup(web->multi);
    jn_free(&aws->allocator, web);
    aws->web = NULL;
}

/* ---- requests ------------------------------------------------------------------ */

struct jn_aws_request jn_aws_request_of(const struct jn_aws *aws,
                                        enum jn_aws_service service,
                                        const char *action)
{
    return (struct jn_aws_request){.service = service,
                                   .action = action,
                                   .body = jn_aws_text_in(&aws->allocator),
                                   .answer = jn_aws_text_in(&aws->allocator)};
}

void jn_aws_request_finish(struct jn_aws_request *request)
{
    assert(!request->easy);
    jn_aws_text_finish(&request->body);
    jn_aws_text_finish(&request->answer);
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct jn_aws_request *request = context;

    if (request->answer.size + size * count > ANSWER_MAX)
        return 0;
    jn_aws_text_add_bytes(&request->answer, bytes, size * count);
    return request->answer.failed ? 0 : count;
}

static bool add_header(struct jn_aws_request *request, const char *header)
{
    struct curl_slist *longer = curl_slist_append(request->headers, header);

    if (longer)
        request->headers = longer;
    return longer;
}

/* Not memset, because a compiler leaves out what it believes nobody sees. */
static void wipe(volatile char *bytes, size_t size)
{
    while (size)
        bytes[--size] = '\0';
}

static bool
add_token(const struct jn_aws *aws, struct jn_aws_request *request, const char *token)
{
    struct jn_aws_text header = jn_aws_text_in(&aws->allocator);
    bool added;

    jn_aws_text_add(&header, "X-Amz-Security-Token: ");
    jn_aws_text_add(&header, token);
    added = !header.failed && add_header(request, header.bytes);
    if (header.bytes)
        wipe(header.bytes, header.size);
    jn_aws_text_finish(&header);
    return added;
}

static bool add_headers(const struct jn_aws *aws,
                        struct jn_aws_request *request,
                        const struct jangle_aws_credentials *credentials)
{
    char target[100];

    jn_text_format(target, sizeof target, "X-Amz-Target: AmazonSQS.%s", request->action);
    if (!add_header(request, request->service == JN_AWS_SQS
                                 ? "Content-Type: application/x-amz-json-1.0"
                                 : "Content-Type: application/x-www-form-urlencoded; "
                                   "charset=utf-8"))
        return false;
    if (request->service == JN_AWS_SQS && !add_header(request, target))
        return false;
    return !credentials->session_token || !*credentials->session_token ||
           add_token(aws, request, credentials->session_token);
}

static void
write_url(const struct jn_aws *aws, enum jn_aws_service service, char *url, size_t size)
{
    const char *ending = strncmp(aws->region, "cn-", 3) == 0 ? ".cn" : "";

    if (aws->options.endpoint)
        jn_text_format(url, size, "%s", aws->options.endpoint);
    else
        jn_text_format(url, size, "https://%s.%s.amazonaws.com%s/",
                       service_names[service], aws->region, ending);
}

#define SET(option, value)                                                               \
    do {                                                                                 \
        if (curl_easy_setopt(easy, option, value))                                       \
            return false;                                                                \
    } while (0)

/* How it is signed, and what is trusted. */
static bool set_security(const struct jn_aws *aws,
                         struct jn_aws_request *request,
                         const struct jangle_aws_credentials *credentials)
{
    CURL *easy = request->easy;
    char scope[80];

    jn_text_format(scope, sizeof scope, "aws:amz:%s:%s", aws->region,
                   service_names[request->service]);
    SET(CURLOPT_AWS_SIGV4, scope);
    SET(CURLOPT_USERNAME, credentials->access_key_id);
    SET(CURLOPT_PASSWORD, credentials->secret_access_key);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    if (aws->options.ca_file)
        SET(CURLOPT_CAINFO, aws->options.ca_file);
    return true;
}

static bool
set_options(const struct jn_aws *aws, struct jn_aws_request *request, int64_t limit_ms)
{
    CURL *easy = request->easy;
    char url[512];

    write_url(aws, request->service, url, sizeof url);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_USERAGENT, "jangle");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* no wait for a lookup of a name that is given up */
    SET(CURLOPT_HTTPHEADER, (struct curl_slist *)request->headers);
    SET(CURLOPT_POSTFIELDSIZE, (long)request->body.size);
    SET(CURLOPT_POSTFIELDS, request->body.bytes);
    SET(CURLOPT_WRITEFUNCTION, take_answer);
    SET(CURLOPT_WRITEDATA, request);
    SET(CURLOPT_PRIVATE, request);
    SET(CURLOPT_TIMEOUT_MS, limit_ms < INT_MAX ? (long)limit_ms : INT_MAX);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)aws->options.connect_ms);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, aws->web);
    SET(CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    SET(CURLOPT_CLOSESOCKETDATA, aws->web);
    return true;
}

/* BUSY: there are no credentials now. */
static enum jangle_result find_credentials(const struct jn_aws *aws,
                                           struct jangle_aws_credentials *credentials,
                                           struct jangle_error *error)
{
    const struct jangle_aws_options *options = &aws->options;
    const char *fault;

    *credentials = options->credentials;
    if (!options->provide)
        return JANGLE_OK; /* they were checked when the transport was opened */
    *credentials = (struct jangle_aws_credentials){0};
    if (!options->provide(options->context, credentials))
        return jangle_error_set(error, JANGLE_BUSY,
                                "the program has no credentials for AWS now");
    fault = jn_aws_credentials_fault(credentials);
    return fault
               ? jangle_error_set(error, JANGLE_BUSY,
                                  "what `provide` gives as credentials for AWS %s", fault)
               : JANGLE_OK;
}

enum jangle_result jn_aws_request_start(struct jn_aws *aws,
                                        struct jn_aws_request *request,
                                        int64_t until_us,
                                        struct jangle_error *error)
{
    struct jangle_aws_credentials credentials;
    int64_t limit_ms = (until_us - jn_aws_now_us(aws)) / 1000;
    enum jangle_result result;

    if (limit_ms < 1)
        return jangle_error_set(error, JANGLE_BUSY, "there was no time left for %s",
                                request->action);
    result = find_credentials(aws, &credentials, error);
    if (result)
        return result;
    request->easy = request->body.failed ? NULL : curl_easy_init();
    if (request->easy && add_headers(aws, request, &credentials) &&
        set_options(aws, request, limit_ms) && set_security(aws, request, &credentials) &&
        curl_multi_add_handle(aws->web->multi, request->easy) == CURLM_OK)
        return JANGLE_OK;
    jn_aws_request_stop(aws, request);
    return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a request to AWS");
}

void jn_aws_request_stop(struct jn_aws *aws, struct jn_aws_request *request)
{
    if (request->easy) {
        curl_multi_remove_handle(aws->web->multi, request->easy);
        curl_easy_cleanup(request->easy);
    }
    curl_slist_free_all(request->headers);
    request->easy = request->headers = NULL;
}

/* ---- driving ------------------------------------------------------------------- */

static void end_request(struct jn_aws *aws, CURL *easy, CURLcode code)
{
    struct jn_aws_request *request = NULL;
    long sent = 0;

    if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&request) || !request)
        return;
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
    request->over = true;
    request->was_sent = sent > 0;
    if (code == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &request->status);
    else
        jn_text_copy(request->fault, sizeof request->fault, curl_easy_strerror(code));
    aws->away = code != CURLE_OK;
    jn_aws_request_stop(aws, request);
}

static bool end_requests(struct jn_aws *aws)
{
    bool ended = false;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(aws->web->multi, &left)))
        if (message->msg == CURLMSG_DONE) {
            end_request(aws, message->easy_handle, message->data.result);
            ended = true;
        }
    return ended;
}

bool jn_aws_request_is_sent(const struct jn_aws_request *request)
{
    long sent = 0;

    if (request->easy)
        curl_easy_getinfo(request->easy, CURLINFO_REQUEST_SIZE, &sent);
    return request->over || sent > 0;
}

static void drive(struct jn_aws *aws, int64_t until_us)
{
    int64_t wait_ms;
    int running;

    curl_multi_perform(aws->web->multi, &running);
    if (end_requests(aws))
        return;
    wait_ms = (until_us - jn_aws_now_us(aws) + 999) / 1000;
    if (wait_ms <= 0)
        return;
    curl_multi_poll(aws->web->multi, NULL, 0,
                    wait_ms < DRIVE_MS ? (int)wait_ms : DRIVE_MS, NULL);
    curl_multi_perform(aws->web->multi, &running);
    end_requests(aws);
}

void jn_aws_web_drive(struct jn_aws *aws, int64_t until_us)
{
    aws->looked_us = aws->driven_us;
    drive(aws, until_us);
    aws->driven_us = jn_aws_now_us(aws);
}

void jn_aws_web_wake(struct jn_aws *aws)
{
    curl_multi_wakeup(aws->web->multi);
}
