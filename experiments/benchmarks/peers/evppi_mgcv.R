# The worth of knowing one parameter, for each in turn, as the R package voi works it out where nothing else is said:
# one generalised additive model of mgcv for each strategy beside the first, y ~ te(p, bs = 'cr'), and no standard error.
# Prints one line of JSON, as the other peers do: `run` goes from the draws to the worths.
options <- commandArgs(trailingOnly = TRUE)
draws <- as.integer(options[1])
strategies <- 3
suppressMessages(library(mgcv))
now <- function() proc.time()[["elapsed"]]

begin <- now()
size <- file.info(options[2])$size / 8
table <- matrix(readBin(options[2], "double", size, size = 8, endian = "little"), nrow = draws)
read <- now() - begin

parameters <- ncol(table) - strategies
benefit <- table[, parameters + seq_len(strategies)]
gain <- benefit[, -1, drop = FALSE] - benefit[, 1]

worth <- function(j) {
  data <- data.frame(p = table[, j])
  fitted <- sapply(seq_len(ncol(gain)), function(s) {
    data$y <- gain[, s]
    gam(y ~ te(p, bs = "cr"), data = data)$fitted
  })
  mean(pmax(0, apply(fitted, 1, max))) - max(0, colMeans(fitted))
}

begin <- now()
worths <- sapply(seq_len(parameters), worth)
run <- now() - begin

peak <- 0
if (file.exists("/proc/self/status")) {
  line <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  peak <- as.numeric(gsub("[^0-9]", "", line)) / 1024
}
cat(sprintf(
  '{"seconds": {"draw": %.6f, "run": %.6f}, "activities": %d, "rows": %d, "peak_mb": %.1f, "worth": [%s]}\n',
  read, run, parameters, draws, peak, paste(sprintf("%.4f", worths), collapse = ", ")
))
