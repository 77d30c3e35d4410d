/* Ockham's C interface: load a model file, make a session, run it.
 *
 * Every function that can fail returns an ockham_status; ockham_last_error() then says what went
 * wrong, where, what was found, what was expected, and what to do. No function throws, prints, or
 * ends the program.
 *
 * Structs that cross this interface start with `struct_size`, which the caller sets to the sizeof
 * of the struct it was compiled with. They may grow at their end in later versions: fields that an
 * older caller does not know are taken as zero, which always means "the default", and a newer
 * caller's fields that this library does not know are accepted only where they are zero.
 *
 *   ockham_model* model = NULL;
 *   ockham_session* session = NULL;
 *   if (ockham_model_load("lenet5.ockham", &model) != OCKHAM_OK ||
 *       ockham_session_create(model, NULL, &session) != OCKHAM_OK) {
 *     fprintf(stderr, "%s\n", ockham_last_error());
 *   }
 */
#ifndef OCKHAM_OCKHAM_H_
#define OCKHAM_OCKHAM_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define OCKHAM_API
#else
#define OCKHAM_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status and errors ---------------------------------------------------------------------- */

/* Why something failed. */
typedef enum ockham_status {
  OCKHAM_OK = 0,
  OCKHAM_INVALID_ARGUMENT = 1, /* the caller passed something wrong */
  OCKHAM_NOT_FOUND = 2,        /* a file does not exist or cannot be opened */
  OCKHAM_INVALID_MODEL = 3,    /* a model file is damaged, hostile, or no model file */
  OCKHAM_UNSUPPORTED = 4,      /* well-formed, but this build cannot take it */
  OCKHAM_OUT_OF_MEMORY = 5,    /* over the session's memory limit, or the system's */
  OCKHAM_IO = 6,               /* reading failed */
  OCKHAM_VERIFICATION = 7,     /* the model's self-test gave another answer than it must */
  OCKHAM_INTERNAL = 8,         /* a defect of Ockham: please report it */
  OCKHAM_CANCELLED = 9         /* by ockham_session_cancel */
} ockham_status;

/* The library's version, "major.minor.patch". */
OCKHAM_API const char* ockham_version(void);

/* The version of this header. */
#define OCKHAM_VERSION_MAJOR 0
#define OCKHAM_VERSION_MINOR 1
#define OCKHAM_VERSION_PATCH 0

/* Whether a program that was compiled with a header of this version can use the library that it
 * runs with, which has the same major version, and is not older:
 * ockham_version_check(OCKHAM_VERSION_MAJOR, OCKHAM_VERSION_MINOR, OCKHAM_VERSION_PATCH).
 * OCKHAM_UNSUPPORTED. */
OCKHAM_API ockham_status ockham_version_check(int32_t major, int32_t minor, int32_t patch);

/* A status in words: "invalid argument". Never NULL. */
OCKHAM_API const char* ockham_status_text(ockham_status status);

/* What the last failing call of this thread had to say, in one line; "" when none has failed yet.
 * Calls that succeed leave it alone. The text is the calling thread's own and stays until its next
 * failing call. Never NULL. */
OCKHAM_API const char* ockham_last_error(void);

/* ---- Models --------------------------------------------------------------------------------- */

/* A loaded model file: network, weights, and what came with them. Never changes after loading; any
 * number of threads and sessions may use it at the same time. */
typedef struct ockham_model ockham_model;

/* Maps a model file into memory and checks every byte of it. Do not change the file while the model
 * or a session of it lives. On failure *model is NULL.
 * OCKHAM_NOT_FOUND, OCKHAM_IO, OCKHAM_INVALID_MODEL, OCKHAM_UNSUPPORTED, OCKHAM_OUT_OF_MEMORY. */
OCKHAM_API ockham_status ockham_model_load(const char* path, ockham_model** model);

/* The same from `size` bytes in memory, which are copied. */
OCKHAM_API ockham_status ockham_model_load_memory(const void* bytes, size_t size,
                                                  ockham_model** model);

/* Gives the model up. Its sessions keep what they need, so the order does not matter. NULL is
 * allowed. */
OCKHAM_API void ockham_model_destroy(ockham_model* model);

/* Type of a tensor's elements. A model's inputs are float32, and its outputs that or int64 where
 * they hold indices: the class that an arg max found, the places of the largest scores. A session
 * may be asked to take an input in uint8 (ockham_array_format). */
enum { OCKHAM_FLOAT32 = 1, OCKHAM_INT64 = 2, OCKHAM_UINT8 = 3 };

/* The largest rank of a tensor. */
enum { OCKHAM_MAX_RANK = 8 };

/* The batch axis of an input or output of a model: its extent is chosen at each run. */
enum { OCKHAM_BATCH = -1 };

/* An input or output of a model. */
typedef struct ockham_value_info {
  size_t struct_size;
  const char* name;               /* lives as long as the model */
  int32_t element_type;           /* OCKHAM_FLOAT32, or OCKHAM_INT64 */
  int32_t rank;                   /* 1 to OCKHAM_MAX_RANK */
  int64_t shape[OCKHAM_MAX_RANK]; /* shape[0] is OCKHAM_BATCH; images are {batch, channels, height,
                                     width}; zero beyond the rank */
} ockham_value_info;

/* Number of inputs and outputs; 0 for a NULL model. */
OCKHAM_API size_t ockham_model_input_count(const ockham_model* model);
OCKHAM_API size_t ockham_model_output_count(const ockham_model* model);

/* Describes one input or output; set info->struct_size before. OCKHAM_INVALID_ARGUMENT. */
OCKHAM_API ockham_status ockham_model_input(const ockham_model* model, size_t index,
                                            ockham_value_info* info);
OCKHAM_API ockham_status ockham_model_output(const ockham_model* model, size_t index,
                                             ockham_value_info* info);

/* How the network was trained to see a picture's bytes: an input's element in channel c is
 * (byte * scale - mean[c]) / standard_deviation[c]. */
typedef struct ockham_preprocessing {
  size_t struct_size;
  double scale;
  size_t mean_count;               /* the number of channels, or 0: nothing is taken off */
  const float* mean;               /* lives as long as the model */
  size_t standard_deviation_count; /* the number of channels, or 0: nothing is divided by */
  const float* standard_deviation; /* lives as long as the model */
} ockham_preprocessing;

/* The preprocessing of one input; set preprocessing->struct_size before. A model that states none
 * gives scale 1 and no mean or standard deviation. OCKHAM_INVALID_ARGUMENT. */
OCKHAM_API ockham_status ockham_model_preprocessing(const ockham_model* model, size_t input,
                                                    ockham_preprocessing* preprocessing);

/* What the file says about where the model comes from (keys: docs/model_format.md, "provenance").
 * The text lives as long as the model; NULL when the file says nothing under this key. */
OCKHAM_API const char* ockham_model_provenance(const ockham_model* model, const char* key);

/* Number of provenance entries, and the key of each; NULL when there is no such entry. */
OCKHAM_API size_t ockham_model_provenance_count(const ockham_model* model);
OCKHAM_API const char* ockham_model_provenance_key(const ockham_model* model, size_t index);

/* ---- Sessions ------------------------------------------------------------------------------- */

/* Where a session runs, and where a tensor's data are. OCKHAM_CUDA takes the module
 * libockham_cuda.so, which is opened when a session first asks for it: beside the library or
 * program that holds this code, in ../lib seen from there, or where dlopen looks. The environment
 * variable OCKHAM_CUDA_MODULE may name the file instead. */
enum { OCKHAM_CPU = 0, OCKHAM_CUDA = 1 };

/* Which kernels a session may choose from. */
enum {
  OCKHAM_KERNELS_AUTO = 0,      /* the best for each step */
  OCKHAM_KERNELS_REFERENCE = 1, /* naive loops only: slow, to check the others against */
  OCKHAM_KERNELS_EXACT = 2      /* the best that sum the network's own products: no Winograd; on
                                   OCKHAM_CPU only */
};

/* What a session may make of float32 numbers for the sake of speed. Inputs and outputs stay float32
 * in any case. With any but OCKHAM_PRECISION_FP32 the self-test allows larger differences: 1 % of
 * the largest output, 8 % with OCKHAM_PRECISION_BF16, and more where the model file says that its
 * network amplifies rounding. */
enum {
  OCKHAM_PRECISION_FP32 = 0, /* computes with the network's own numbers */
  OCKHAM_PRECISION_TF32 = 1, /* factors of products are rounded to 10 bits behind the leading one */
  OCKHAM_PRECISION_FP16 = 2, /* weights and what passes between layers are float16, sums float32 */
  OCKHAM_PRECISION_BF16 = 3  /* the same with bfloat16; on OCKHAM_CPU in layers that gain from it,
                                and of weights alone */
};

/* Threads that sessions share, of one model or of several: the thread that runs a session and
 * others, which help it with what is worth sharing. A session that runs while they help another one
 * goes on by itself, so that any number of sessions may run at the same time, and none waits. Safe
 * to use from several threads. */
typedef struct ockham_thread_pool ockham_thread_pool;

/* Part of a loop, for ockham_thread_pool_options.share to call. */
typedef void (*ockham_loop_part)(void* loop, int32_t part);

/* Zero in any field means its default. */
typedef struct ockham_thread_pool_options {
  size_t struct_size;
  int32_t threads; /* that work for a run at the same time, its own included, up to 1024; default:
                      as many as this process may use processors */
  /* The caller's own threads; NULL: the pool starts its workers, which sleep between runs. Called
   * by the thread that runs a session: has to call part(loop, i) once for each i of 0 ... parts -
   * 1, on any threads and in any order, and to return when all these calls have returned. It may
   * leave parts out, where threads are busy with other things; the calling thread then does their
   * work. It is called by one thread at a time, several times in a run, and must not throw. */
  void (*share)(void* context, int32_t parts, ockham_loop_part part, void* loop);
  void* context; /* for share; must stay until the pool and all sessions with it are destroyed */
} ockham_thread_pool_options;

/* Makes a pool. `options` may be NULL: all defaults. On failure *pool is NULL.
 * OCKHAM_INVALID_ARGUMENT, OCKHAM_OUT_OF_MEMORY (the system gives this process no more threads). */
OCKHAM_API ockham_status ockham_thread_pool_create(const ockham_thread_pool_options* options,
                                                   ockham_thread_pool** pool);

/* Gives the pool up. Its sessions keep it, so the order does not matter. NULL is allowed. */
OCKHAM_API void ockham_thread_pool_destroy(ockham_thread_pool* pool);

/* Orders of an image's elements, of rank 4, in a caller's array. */
enum {
  OCKHAM_NCHW = 0, /* {batch, channels, height, width}, as the model describes it */
  OCKHAM_NHWC = 1  /* {batch, height, width, channels} */
};

/* How the caller's arrays hold an input or output. Zero in any field means its default. */
typedef struct ockham_array_format {
  size_t struct_size;
  int32_t layout;       /* OCKHAM_NCHW, or OCKHAM_NHWC for values of rank 4. Tensors then have the
                           shape of that layout */
  int32_t element_type; /* 0: that of the model's input or output; OCKHAM_UINT8, for inputs: bytes
                           of pictures, which the first step turns into the model's numbers */
  /* What the first step makes of bytes: the floats that ockham_preprocessing says, computed in
   * float32. Scale 0 means 1. NULL: what the model states, and where it states nothing, the bytes'
   * numbers from 0 to 255. */
  const ockham_preprocessing* preprocessing;
} ockham_array_format;

/* How to prepare a session. Zero in any field means its default. */
typedef struct ockham_session_options {
  size_t struct_size;
  int64_t max_batch;      /* most images per run; default 1 */
  uint64_t memory_limit;  /* bytes, for all that ockham_session_memory counts; default 4 GiB */
  int32_t threads;        /* that share a run: the caller and workers of the session's own, which
                             sleep between runs; default 1; ignored on OCKHAM_CUDA */
  int32_t device;         /* OCKHAM_CPU, or OCKHAM_CUDA */
  int32_t kernels;        /* OCKHAM_KERNELS_AUTO */
  int32_t skip_self_test; /* 0: replay the model's self-test on creation; 1: do not */
  int32_t precision;      /* on OCKHAM_CPU OCKHAM_PRECISION_FP32 or _BF16 */
  int32_t
      tune; /* 1: measure, for seconds, which kernels are fastest for each layer (on OCKHAM_CUDA:
               what cuDNN and cuBLAS offer), and take these; 0: choose by rule and by the
               libraries' heuristics. What was measured is kept for later sessions that tune in
               the folder OCKHAM_CACHE_DIR of the environment, or else $XDG_CACHE_HOME/ockham, or
               else $HOME/.cache/ockham; where OCKHAM_CACHE_DIR is empty, nowhere. Trouble with
               that is no error: ockham_session_explain tells of it. */
  void* stream; /* on OCKHAM_CUDA, a cudaStream_t of the device that is current when the session is
                   created: runs are put into it, and so follow what it holds. It must stay until
                   the session's last run has ended. NULL: a stream of the session's own, which
                   waits for no other. To use the default stream, pass
                   cudaStreamLegacy or cudaStreamPerThread */
  const ockham_thread_pool* thread_pool; /* whose threads help with a run, and which says how many
                                            `threads` are; NULL: workers of the session's own.
                                            Ignored on OCKHAM_CUDA */
  /* How the arrays of all inputs and outputs are: one for each of the model, in its order, all with
   * the same struct_size; NULL and 0: all as the model describes them. Read by
   * ockham_session_create alone. On OCKHAM_CPU only: most networks run in NHWC inside, and then
   * read and write arrays in NHWC without a step that reorders them. While such a session is
   * created, the self-test is replayed by another one of the same options without formats, which
   * goes again. */
  const ockham_array_format* input_formats;
  size_t input_format_count;
  const ockham_array_format* output_formats;
  size_t output_format_count;
  /* Called by ockham_session_create, on its thread, with a line of text for each thing that a user
   * may want to know of how the session came about and that is no error: what tuning measured or
   * could not keep, a choice that could not be followed, exact kernels instead of Winograd's. The
   * text stays until the call returns. It must not throw. NULL: nothing is said. Runs say nothing.
   */
  void (*log)(void* context, const char* text);
  void* log_context; /* for log */
} ockham_session_options;

/* A model prepared to run, with the memory for it. One thread at a time may use a session;
 * different sessions, also of one model, may run at the same time. */
typedef struct ockham_session ockham_session;

/* Prepares a session: chooses kernels, packs weights, reserves memory, replays the self-test. All
 * that can fail fails here. `options` may be NULL: all defaults. On failure *session is NULL.
 * OCKHAM_INVALID_ARGUMENT, OCKHAM_UNSUPPORTED (also: there is no module for OCKHAM_CUDA, or no such
 * device), OCKHAM_OUT_OF_MEMORY, OCKHAM_VERIFICATION. */
OCKHAM_API ockham_status ockham_session_create(const ockham_model* model,
                                               const ockham_session_options* options,
                                               ockham_session** session);

/* NULL is allowed. */
OCKHAM_API void ockham_session_destroy(ockham_session* session);

/* A view of the caller's elements: dense, row-major (images: {batch, channels, height, width}, or
 * {batch, height, width, channels} where the session's options say OCKHAM_NHWC). */
typedef struct ockham_tensor {
  size_t struct_size;
  void* data;           /* never written through when the tensor is an input */
  int32_t element_type; /* that of the model's input or output, or OCKHAM_UINT8 where the session's
                           options say so */
  int32_t device; /* OCKHAM_CPU; where the session runs on OCKHAM_CUDA, that as well: `data` is
                     then a pointer to the device's memory */
  int64_t rank;
  int64_t shape[OCKHAM_MAX_RANK]; /* shape[0] is the number of images */
} ockham_tensor;

/* Runs all images of one batch, 1 <= batch <= max_batch: one tensor per input and output of the
 * model, in the model's order, all with the same batch and struct_size; outputs overlap neither
 * each other nor inputs. On OCKHAM_CPU a call that succeeds allocates and locks nothing of its own
 * (oneDNN's kernels allocate a few small blocks per step). A call that is refused leaves the
 * outputs alone. Outputs of OCKHAM_INT64 have their data on OCKHAM_CPU, wherever the session runs.
 *
 * A session on OCKHAM_CUDA runs on the device that was current where it was created. Without a
 * stream in its options, what writes its inputs on the device must have finished before the call;
 * with one, it may be in that stream. The outputs are complete when the call returns. Arrays on the
 * device are used in place where batch is max_batch, a quarter of it (rounded up), a quarter of
 * that... or 1, and their addresses are multiples of 256, and copied otherwise. The first run on
 * other arrays than before takes longer and allocates, as it prepares launching; the 64 sets of
 * arrays that were used last are remembered.
 *
 * Where the device fails, ockham_last_error() has CUDA's own words. After an illegal access or
 * another error that ends CUDA's work in a process it says so: then no session on OCKHAM_CUDA works
 * in this process any more, and those of OCKHAM_CPU go on.
 *
 * After fork, sessions on OCKHAM_CPU work in the child as in the parent. Fork does not copy their
 * workers: the calling thread does all the work there. Sessions on OCKHAM_CUDA do not survive fork:
 * a child of the process that has created one must neither run nor destroy it, and can create none.
 * OCKHAM_INVALID_ARGUMENT, OCKHAM_UNSUPPORTED, OCKHAM_CANCELLED; on OCKHAM_CUDA also
 * OCKHAM_OUT_OF_MEMORY and OCKHAM_INTERNAL (the device failed). */
OCKHAM_API ockham_status ockham_session_run(ockham_session* session, const ockham_tensor* inputs,
                                            size_t input_count, const ockham_tensor* outputs,
                                            size_t output_count);

/* Puts the same work into the stream that the session was given in its options, and returns without
 * waiting for it, so that the outputs are complete when the caller's stream has got there. All
 * tensors are on OCKHAM_CUDA, and so none is of OCKHAM_INT64. Their data must stay as they are
 * until then; the session may be destroyed, which waits. Runs and enqueued runs of a session follow
 * each other. What fails on the device is reported by whatever waits for the stream.
 * OCKHAM_INVALID_ARGUMENT (also: the session was given no stream, or data are in the host's
 * memory), OCKHAM_OUT_OF_MEMORY, OCKHAM_INTERNAL (the device failed). */
OCKHAM_API ockham_status ockham_session_enqueue(ockham_session* session,
                                                const ockham_tensor* inputs, size_t input_count,
                                                const ockham_tensor* outputs, size_t output_count);

/* Binds tensors to the session, instead of those that it had before: they are checked now, as
 * ockham_session_run checks its own, and not by the runs on them. Their data must stay where they
 * are until others are bound or the session goes; what they hold may change between runs. The
 * structs may go. A call that is refused leaves bound what was. OCKHAM_INVALID_ARGUMENT. */
OCKHAM_API ockham_status ockham_session_bind(ockham_session* session, const ockham_tensor* inputs,
                                             size_t input_count, const ockham_tensor* outputs,
                                             size_t output_count);

/* Runs as ockham_session_run does, on the tensors that are bound. Other runs, on tensors of their
 * own, leave these bound. OCKHAM_INVALID_ARGUMENT (no tensors are bound); otherwise as
 * ockham_session_run. */
OCKHAM_API ockham_status ockham_session_run_bound(ockham_session* session);

/* Ends the run in progress on OCKHAM_CPU, if there is one, before its next step begins: it returns
 * OCKHAM_CANCELLED, and what its outputs hold is undefined. Runs that begin later are not touched.
 * May be called from any thread while the session lives, neither waits nor fails, and allocates
 * nothing. On OCKHAM_CUDA a run goes to its end. NULL is allowed. */
OCKHAM_API void ockham_session_cancel(ockham_session* session);

/* Memory of a session, in bytes. */
typedef struct ockham_session_memory {
  size_t struct_size;
  uint64_t arena;   /* activations and scratch, one block, in the memory of the session's device */
  uint64_t packed;  /* packed weights, shared with the model's other sessions there */
  uint64_t staging; /* on OCKHAM_CUDA, copies of inputs and outputs: half of it in the device's
                       memory, half pinned in the host's */
} ockham_session_memory;

/* Set memory->struct_size before. OCKHAM_INVALID_ARGUMENT. */
OCKHAM_API ockham_status ockham_session_get_memory(const ockham_session* session,
                                                   ockham_session_memory* memory);

/* The plan as a table for people: what runs in which order, by which kernel, and why. On success
 * *text lives as long as the session. OCKHAM_INVALID_ARGUMENT, OCKHAM_OUT_OF_MEMORY. */
OCKHAM_API ockham_status ockham_session_explain(ockham_session* session, const char** text);

#ifdef __cplusplus
}
#endif

#endif /* OCKHAM_OCKHAM_H_ */
