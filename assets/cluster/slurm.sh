#!/bin/sh
#SBATCH --job-name=auscult
#SBATCH --array=1-20
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --cpus-per-task=1
# sbatch slurm.sh MODEL LIST RESULTS: each task does its part of the list. Afterwards:
#   auscult merge RESULTS.*-of-00020 --files-from LIST -o RESULTS
auscult score "$1" --files-from "$2" --jobs 1 --shard auto --resume -o "$3"
code=$?
case $code in
  3) exit 0 ;;  # some recordings cannot be scored; their rows say so, and merge counts them
  6 | 130 | 137) scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}" ;;  # worth a repetition
esac
exit $code
