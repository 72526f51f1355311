"""What every request passes on its way in: request ids and logs, headers, sign-in, limits; and refusals."""
