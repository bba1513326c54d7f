// How the fake Bot API says no. A violation is a request that no bot should ever send: it is answered with 400 and recorded. A
// refusal is an answer that a correct bot has to live with (a message is gone, a person has blocked it).
export class ApiError extends Error {
  constructor(code, description, { violation = false, parameters, injected = false } = {}) {
    super(description);
    Object.assign(this, { code, violation, parameters, injected });
  }

  get answer() {
    const { code, message, parameters } = this;
    return { ok: false, error_code: code, description: message, ...(parameters ? { parameters } : {}) };
  }
}

export const refusal = (text) => new ApiError(400, `Bad Request: ${text}`);
export const violation = (text) => new ApiError(400, `Bad Request: ${text}`, { violation: true });
export const forbidden = (text) => new ApiError(403, `Forbidden: ${text}`);
