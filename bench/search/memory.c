/* The machine's memory: 512 MB copied, and only read, by threads. Prints the best of some rounds in milliseconds. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 9
enum { THREADS_MOST = 64 };

static size_t bytes;
static long threads;
static int copies;
static char *from, *to;
static volatile int64_t sink;

typedef int64_t lanes __attribute__((vector_size(64)));

static void *work(void *number) {
  size_t share = bytes / threads / 256 * 256;
  char *start = from + (long)number * share;
  if (copies) {
    memcpy(to + (long)number * share, start, share);
    return NULL;
  }
  lanes a = {0}, b = {0}, c = {0}, d = {0};
  for (lanes *at = (lanes *)start, *end = (lanes *)(start + share); at < end; at += 4) {
    a += at[0];
    b += at[1];
    c += at[2];
    d += at[3];
  }
  a += b + c + d;
  sink += a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
  return NULL;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec * 1e-6;
}

int main(int count, char **words) {
  bytes = count > 1 ? strtoull(words[1], NULL, 10) : 512000000;
  threads = count > 2 ? atol(words[2]) : 2;
  if (threads < 1 || threads > THREADS_MOST) return 1;
  from = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  to = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  if (!from || !to) return 1;
  memset(from, 1, bytes);
  memset(to, 2, bytes);
  for (copies = 1; copies >= 0; copies--) {
    double best = 1e12;
    for (int round = 0; round < ROUNDS; round++) {
      pthread_t ids[THREADS_MOST];
      double start = now();
      for (long i = 0; i < threads; i++) pthread_create(&ids[i], NULL, work, (void *)i);
      for (long i = 0; i < threads; i++) pthread_join(ids[i], NULL);
      double took = now() - start;
      if (took < best) best = took;
    }
    printf("%s %.3f\n", copies ? "memcpy" : "read", best);
  }
  return 0;
}
