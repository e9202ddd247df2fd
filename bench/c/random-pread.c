/* random-pread FILE FIRST STRIDE BLOCKS BYTES READS: reads BYTES at FIRST + n * STRIDE for READS random n below BLOCKS,
 * on one thread, into the same memory; prints seconds. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  int fd = open(argv[1], O_RDONLY);
  uint64_t first = strtoull(argv[2], NULL, 10), stride = strtoull(argv[3], NULL, 10);
  uint64_t blocks = strtoull(argv[4], NULL, 10), bytes = strtoull(argv[5], NULL, 10), reads = strtoull(argv[6], NULL, 10);
  unsigned char *buffer = malloc(bytes);
  struct timespec start, end;
  uint64_t state = 6;
  if (fd < 0 || buffer == NULL || blocks == 0) return 1;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (uint64_t i = 0; i < reads; i++) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    off_t at = (off_t)(first + (state >> 33) % blocks * stride);
    if (pread(fd, buffer, bytes, at) != (ssize_t)bytes) return 1;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%.9f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
  return 0;
}
