/* read-sha256 FILE CHUNK: reads FILE on one thread, hashes every CHUNK bytes with sha256, prints seconds.
 * The functions of libcrypto are declared here so that no headers are needed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern const void *EVP_sha256(void);
extern int EVP_Digest(const void *data, size_t count, unsigned char *md, unsigned int *size, const void *type, void *impl);

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t chunk = strtoul(argv[2], NULL, 10);
  int fd = open(argv[1], O_RDONLY);
  unsigned char *buffer = aligned_alloc(4096, (chunk + 4095) / 4096 * 4096); /* at malloc's 16 bytes into a page reading halves */
  unsigned char digest[64];
  struct timespec start, end;
  if (fd < 0 || buffer == NULL) return 1;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (;;) {
    size_t have = 0;
    while (have < chunk) {
      ssize_t n = read(fd, buffer + have, chunk - have);
      if (n < 0) return 1;
      if (n == 0) break;
      have += (size_t)n;
    }
    if (have == 0) break;
    EVP_Digest(buffer, have, digest, NULL, EVP_sha256(), NULL);
    if (have < chunk) break;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%.9f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
  return 0;
}
