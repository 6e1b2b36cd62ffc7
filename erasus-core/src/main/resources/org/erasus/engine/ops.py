  # The operations Erasus needs and DJL does not expose, in TorchScript. Called from TorchOps.java, one method each.
  # Lists that are changed in place must come in as arguments: on a list made here the compiler drops the change.

  # ---- storage -------------------------------------------------------------------------------------------------

  def copy_(self, target: Tensor, source: Tensor) -> Tensor:
    return target.copy_(source)

  def axpy_(self, y: Tensor, x: Tensor, a: float) -> Tensor:
    return torch.add_(y, x, alpha=a)

  def clamp_(self, x: Tensor, least: float) -> Tensor:
    return torch.clamp_min_(x, least)

  def keep_(self, y: Tensor, mask: Tensor, frozen: Tensor) -> Tensor:
    return y.copy_(torch.where(mask, y, frozen))

  # Makes a tensor, parameters of loaded modules included, a window on a slice of a flat buffer.
  def alias_(self, p: Tensor, flat: Tensor, offset: int) -> Tensor:
    return p.set_(torch.slice(flat, 0, offset, offset + p.numel(), 1).view(p.size()))

  # Gives a tensor storage of its own again, with the values it has.
  def own_(self, p: Tensor) -> Tensor:
    return p.set_(p.clone())

  def view(self, flat: Tensor, offset: int, shape: List[int]) -> Tensor:
    n = 1
    for i in range(len(shape)):
      n = n * shape[i]
    return torch.slice(flat, 0, offset, offset + n, 1).view(shape)

  def rows(self, x: Tensor, index: Tensor) -> Tensor:
    return torch.index_select(x, 0, index)

  # Not contiguous(): it takes images of one channel as they are, in both orders at once, and layers then choose the other.
  def channels_last(self, x: Tensor) -> Tensor:
    return torch.clone(x, memory_format=2)

  def float32(self, x: Tensor) -> Tensor:
    return x.to(6)

  # ---- gradients -----------------------------------------------------------------------------------------------

  # Of all, or of those that move: nothing is carried back further than the first of them, the others get zeros.
  def flat_gradient(self, loss: Tensor, p: List[Tensor], moving: List[bool], create: bool) -> Tensor:
    by: List[Tensor] = []
    for i in range(len(p)):
      if len(moving) == 0 or moving[i]:
        by.append(p[i])
    found = torch.autograd.grad([loss], by, None, create, create, True)
    g: List[Tensor] = []
    at = 0
    for i in range(len(p)):
      gi: Optional[Tensor] = None
      if len(moving) == 0 or moving[i]:
        gi = found[at]
        at += 1
      if gi is not None:
        g.append(gi.reshape([-1]))
      else:
        g.append(torch.zeros_like(p[i]).reshape([-1]))
    return torch.cat(g)

  # Each in the order of its tensor, as the fused optimizers need it: gradients of channels-last layers come otherwise.
  def gradient_list(self, loss: Tensor, p: List[Tensor]) -> List[Tensor]:
    found = self.gradients(loss, p, False, False)
    g: List[Tensor] = []
    for i in range(len(found)):
      g.append(torch.contiguous(found[i]))
    return g

  def gradients(self, y: Tensor, inputs: List[Tensor], retain: bool, create: bool) -> List[Tensor]:
    found = torch.autograd.grad([y], inputs, None, retain, create, True)
    g: List[Tensor] = []
    for i in range(len(found)):
      gi = found[i]
      if gi is not None:
        g.append(gi)
      else:
        g.append(torch.zeros_like(inputs[i]))
    return g

  def hessian_vector(self, loss: Tensor, p: List[Tensor], v: Tensor) -> Tensor:
    g = self.flat_gradient(loss, p, [], True)
    return self.flat_gradient(torch.dot(g, v), p, [], False)

  # ---- optimizers: one fused call for all parameters, flat or cut into tensors ------------------------------------
  # The fused calls of Adam take the number of the step, from 1, and do not count: torch.optim does it before the call.

  def sgd_(self, p: List[Tensor], g: List[Tensor], m: List[Tensor], lr: float, momentum: float, nesterov: bool, decay: float) -> List[Tensor]:
    buffers: List[Tensor] = []
    if momentum != 0.0:
      buffers = m  # without momentum the engine insists on none
    torch._fused_sgd_(p, g, buffers, weight_decay=decay, momentum=momentum, lr=lr, dampening=0.0, nesterov=nesterov, maximize=False, is_first_step=False, grad_scale=None, found_inf=None)
    return p

  def adam_(self, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], unused: List[Tensor], step: List[Tensor], lr: float, beta1: float, beta2: float, eps: float, decay: float) -> List[Tensor]:
    torch._foreach_add_(step, 1)
    steps: List[Tensor] = []
    for i in range(len(p)):
      steps.append(step[0])
    torch._fused_adam_(p, g, m, v, unused, steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False, grad_scale=None, found_inf=None)
    return p

  def adamw_(self, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], unused: List[Tensor], step: List[Tensor], lr: float, beta1: float, beta2: float, eps: float, decay: float) -> List[Tensor]:
    torch._foreach_add_(step, 1)
    steps: List[Tensor] = []
    for i in range(len(p)):
      steps.append(step[0])
    torch._fused_adamw_(p, g, m, v, unused, steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False, grad_scale=None, found_inf=None)
    return p

  # Scales g so that its norm is at most c, as torch.nn.utils.clip_grad_norm_ does.
  def clip_(self, g: Tensor, c: float) -> Tensor:
    return g.mul_(torch.clamp(torch.reciprocal(g.norm() + 1e-06) * c, max=1.0))

  def scale(self, x: Tensor, a: float) -> Tensor:
    return torch.mul(x, a)

  # ---- losses --------------------------------------------------------------------------------------------------

  # y: classes (B) or distributions over them (B, C); reduction: 0 none, 1 mean, 2 sum
  def cross_entropy(self, z: Tensor, y: Tensor, reduction: int) -> Tensor:
    return torch.cross_entropy_loss(z, y, None, reduction, -100, 0.0)

  # log p_y − log(1 − p_y) = z_y − log Σ_{c≠y} exp z_c
  def margin_rows(self, z: Tensor, y: Tensor) -> Tensor:
    own = torch.squeeze(torch.gather(z, 1, torch.unsqueeze(y, 1)), 1)
    others = torch.masked_fill(z, torch.one_hot(y, z.size(1)).to(11), -1e+30)
    return own - torch.logsumexp(others, [1])

  # (1/B) Σ_rows KL(p ‖ q) of temperature-softened distributions, p = softmax(zp/T), q = softmax(zq/T)
  def kl(self, zp: Tensor, zq: Tensor, temperature: float) -> Tensor:
    lp = torch.log_softmax(zp / temperature, 1)
    lq = torch.log_softmax(zq / temperature, 1)
    return torch.sum(torch.exp(lp) * (lp - lq)) / lp.size(0)

  # KL(p ‖ q) of each row (B)
  def kl_rows(self, zp: Tensor, zq: Tensor, temperature: float) -> Tensor:
    lp = torch.log_softmax(zp / temperature, 1)
    lq = torch.log_softmax(zq / temperature, 1)
    return torch.sum(torch.exp(lp) * (lp - lq), [1])

  def l1_norm(self, p: List[Tensor]) -> Tensor:
    sums: List[Tensor] = []
    for i in range(len(p)):
      sums.append(torch.sum(torch.abs(p[i])))
    return torch.sum(torch.stack(sums))

  def log_sigmoid(self, x: Tensor) -> Tensor:
    return torch.log_sigmoid(x)

  # ---- outputs of several networks (B, C) together; offset is log n, log(n + C): a logarithm of a number is the caller's

  # log of the mean probability
  def log_mean_probability(self, z: List[Tensor], offset: float) -> Tensor:
    p: List[Tensor] = []
    for i in range(len(z)):
      p.append(torch.log_softmax(z[i], 1))
    return torch.logsumexp(torch.stack(p), [0]) - offset

  # log (votes + 1) / (n + C)
  def log_votes(self, z: List[Tensor], offset: float) -> Tensor:
    votes = torch.zeros_like(z[0])
    for i in range(len(z)):
      votes = votes + torch.one_hot(torch.argmax(z[i], 1), z[i].size(1))
    return torch.log(votes + 1.0) - offset

  # ---- layers --------------------------------------------------------------------------------------------------

  def conv2d(self, x: Tensor, w: Tensor, stride: int, padding: int, groups: int, half: bool) -> Tensor:
    if half:
      y = torch.conv2d(x.to(15), w.to(15), None, [stride, stride], [padding, padding], [1, 1], groups)
    else:
      y = torch.conv2d(x, w, None, [stride, stride], [padding, padding], [1, 1], groups)
    return y

  def conv2d_bias(self, x: Tensor, w: Tensor, b: Tensor, stride: int, padding: int, groups: int, half: bool) -> Tensor:
    if half:
      y = torch.conv2d(x.to(15), w.to(15), b.to(15), [stride, stride], [padding, padding], [1, 1], groups)
    else:
      y = torch.conv2d(x, w, b, [stride, stride], [padding, padding], [1, 1], groups)
    return y

  def linear(self, x: Tensor, w: Tensor, b: Tensor, half: bool) -> Tensor:
    if half:
      y = torch.linear(x.to(15), w.to(15), b.to(15)).to(6)
    else:
      y = torch.linear(x.to(6), w, b)
    return y

  def batch_norm(self, x: Tensor, w: Tensor, b: Tensor, mean: Tensor, var: Tensor, training: bool, momentum: float, eps: float) -> Tensor:
    return torch.batch_norm(x, w, b, mean, var, training, momentum, eps, True)

  def global_average(self, x: Tensor) -> Tensor:
    return torch.mean(x, [2, 3])

  def relu6(self, x: Tensor) -> Tensor:
    return torch.hardtanh(x, 0.0, 6.0)

  def dropout(self, x: Tensor, p: float, seed: int) -> Tensor:
    g = torch.Generator(device=x.device, seed=seed)
    kept = torch.bernoulli_(torch.empty_like(x), 1.0 - p, generator=g)
    return x * (kept / (1.0 - p))

  # ---- what layers give, (B, D) or with positions (B, D, …), unit by unit ------------------------------------------

  # v of each row or of all, (B, D) or (1, D), in the shape of h
  def by_unit(self, v: Tensor, h: Tensor) -> Tensor:
    w = v
    for i in range(h.dim() - 2):
      w = torch.unsqueeze(w, -1)
    return w

  # mean over positions, (B, D)
  def over_positions(self, h: Tensor) -> Tensor:
    p = h
    if h.dim() > 2:
      p = torch.mean(torch.flatten(h, 2), [2])
    return p

  def steer(self, h: Tensor, v: Tensor) -> Tensor:
    return h + self.by_unit(torch.unsqueeze(v, 0), h)

  # only rows whose mean over positions lies within the radius of the centre
  def steer_near(self, h: Tensor, v: Tensor, centre: Tensor, radius: Tensor) -> Tensor:
    d = self.over_positions(h) - centre
    near = torch.le(torch.sum(d * d, [1]), radius * radius).to(6)
    return h + self.by_unit(torch.unsqueeze(near, 1) * torch.unsqueeze(v, 0), h)

  # ‖h − t‖² of each row, summed over units, the mean over positions, (B); t is of the shape of h, or (D) for all alike
  def unit_distances(self, h: Tensor, t: Tensor) -> Tensor:
    if t.dim() == 1:
      d = h - self.by_unit(torch.unsqueeze(t, 0), h)
    else:
      d = h - t
    return torch.sum(self.over_positions(d * d), [1])

  # Σ_rows of the mean size over positions, (D)
  def unit_sizes(self, h: Tensor) -> Tensor:
    return torch.sum(self.over_positions(torch.abs(h)), [0])

  # w + s·b·a in the shape of w
  def plus_product(self, w: Tensor, b: Tensor, a: Tensor, s: float) -> Tensor:
    return torch.add(w, torch.matmul(b, a).view(w.size()), alpha=s)

  # ---- gradients of each row, from a layer's input a and the gradient d of the summed loss at its output ----------

  # y = W a + b on (B, D) → (B, O):  ‖∂W‖² + ‖∂b‖² = (‖a‖² + 1)‖d‖²
  # and with positions (B, …, D), where ∂W = Σ_t d_t a_tᵀ:  Σ_{t,s} (a_t·a_s + 1)(d_t·d_s)
  def linear_norms(self, a: Tensor, d: Tensor) -> Tensor:
    if a.dim() == 2:
      n = (torch.sum(a * a, [1]) + 1.0) * torch.sum(d * d, [1])
    else:
      ga = self.gram(torch.transpose(a.reshape([a.size(0), -1, a.size(-1)]), 1, 2))
      gd = self.gram(torch.transpose(d.reshape([d.size(0), -1, d.size(-1)]), 1, 2))
      n = torch.sum((ga + 1.0) * gd, [1, 2])
    return n

  # (B, K, L) → (B, L, L), the products of every two positions
  def gram(self, x: Tensor) -> Tensor:
    return torch.bmm(torch.transpose(x, 1, 2), x)

  # A convolution with one group is y_l = Σ_δ W_δ a_{l+δ} over the k·k offsets δ, so ∂W_δ = Σ_l d_l a_{l+δ}ᵀ. With stride 1 the
  # inputs at an offset are a window on the padded image laid flat, if the outputs are laid out as wide as it, zeros between.
  def padded(self, a: Tensor, padding: int) -> Tensor:
    return torch.contiguous(torch.constant_pad_nd(a, [padding, padding, padding, padding], 0.0))

  def positions(self, d: Tensor, wide: int, stride: int) -> Tensor:
    if stride == 1:
      gap = wide - d.size(3)
      e = torch.flatten(torch.constant_pad_nd(d, [0, gap], 0.0), 2)
      e = torch.slice(e, 2, 0, e.size(2) - gap, 1)
    else:
      e = torch.flatten(d, 2)
    return e

  # (B, C, L) inputs that meet the outputs (B, O, L) at offset o = i·k + j
  def window(self, x: Tensor, d: Tensor, o: int, kernel: int, stride: int) -> Tensor:
    i = o // kernel
    j = o % kernel
    if stride == 1:
      first = i * x.size(3) + j
      last = first + (d.size(2) - 1) * x.size(3) + d.size(3)
      w = torch.slice(torch.flatten(x, 2), 2, first, last, 1)
    else:
      r = torch.slice(x, 2, i, i + stride * (d.size(2) - 1) + 1, stride)
      w = torch.flatten(torch.slice(r, 3, j, j + stride * (d.size(3) - 1) + 1, stride), 2)
    return w

  # Two ways to the same number, the cheaper is taken: through ∂W (k²·O·C numbers) or through Gram matrices (L² numbers),
  # ‖∂W‖² = Σ_{l,m} (d_l·d_m) Σ_δ (a_{l+δ}·a_{m+δ})
  def conv_norms(self, a: Tensor, d: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    x = self.padded(a, padding)
    e = self.positions(d, x.size(3), stride)
    inputs = kernel * kernel * x.size(1)
    if e.size(2) * (inputs + e.size(1)) < inputs * e.size(1):
      g = self.gram(self.window(x, d, 0, kernel, stride))
      for o in range(1, kernel * kernel):
        g = g + self.gram(self.window(x, d, o, kernel, stride))
      n = torch.sum(g * self.gram(e), [1, 2])
    else:
      n = torch.zeros([e.size(0)], dtype=e.dtype, device=e.device)
      for o in range(kernel * kernel):
        g = torch.bmm(e, torch.transpose(self.window(x, d, o, kernel, stride), 1, 2))
        n = n + torch.sum(g * g, [1, 2])
    return n

  # depthwise: one filter a channel
  def depthwise_norms(self, a: Tensor, d: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    x = self.padded(a, padding)
    e = self.positions(d, x.size(3), stride)
    n = torch.zeros([e.size(0)], dtype=e.dtype, device=e.device)
    for o in range(kernel * kernel):
      g = torch.sum(e * self.window(x, d, o, kernel, stride), [2])
      n = n + torch.sum(g * g, [1])
    return n

  # (B, C) or (B, C, …) as (B, C, L), with one position where there are none
  def by_channel(self, x: Tensor) -> Tensor:
    return x.reshape([x.size(0), x.size(1), -1])

  def bias_norms(self, d: Tensor) -> Tensor:
    b = torch.sum(self.by_channel(d), [2])
    return torch.sum(b * b, [1])

  # y = γ x̂ + β with fixed statistics: ∂γ = Σ_l d x̂, ∂β = Σ_l d
  def batch_norm_norms(self, a: Tensor, d: Tensor, mean: Tensor, var: Tensor, eps: float) -> Tensor:
    x = self.by_channel(torch.batch_norm(a, None, None, mean, var, False, 0.0, eps, True))
    e = self.by_channel(d)
    g = torch.sum(e * x, [2])
    b = torch.sum(e, [2])
    return torch.sum(g * g, [1]) + torch.sum(b * b, [1])

  # ---- gradients of each row themselves ---------------------------------------------------------------------------

  # ∂W_i = d_i a_iᵀ, with positions Σ_t d_it a_itᵀ: (B, O, D)
  def linear_rows(self, a: Tensor, d: Tensor) -> Tensor:
    if a.dim() == 2:
      g = torch.unsqueeze(d, 2) * torch.unsqueeze(a, 1)
    else:
      a3 = a.reshape([a.size(0), -1, a.size(-1)])
      d3 = d.reshape([d.size(0), -1, d.size(-1)])
      g = torch.bmm(torch.transpose(d3, 1, 2), a3)
    return g

  def linear_bias_rows(self, d: Tensor) -> Tensor:
    return torch.sum(d.reshape([d.size(0), -1, d.size(-1)]), [1])

  def conv_rows(self, a: Tensor, d: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    x = self.padded(a, padding)
    e = self.positions(d, x.size(3), stride)
    g: List[Tensor] = []
    for o in range(kernel * kernel):
      g.append(torch.bmm(e, torch.transpose(self.window(x, d, o, kernel, stride), 1, 2)))
    return torch.stack(g, 3).view([a.size(0), d.size(1), a.size(1), kernel, kernel])

  def depthwise_rows(self, a: Tensor, d: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    x = self.padded(a, padding)
    e = self.positions(d, x.size(3), stride)
    g: List[Tensor] = []
    for o in range(kernel * kernel):
      g.append(torch.sum(e * self.window(x, d, o, kernel, stride), [2]))
    return torch.stack(g, 2).view([a.size(0), a.size(1), 1, kernel, kernel])

  def bias_rows(self, d: Tensor) -> Tensor:
    return torch.sum(self.by_channel(d), [2])

  def batch_norm_rows(self, a: Tensor, d: Tensor, mean: Tensor, var: Tensor, eps: float) -> Tensor:
    x = self.by_channel(torch.batch_norm(a, None, None, mean, var, False, 0.0, eps, True))
    return torch.sum(self.by_channel(d) * x, [2])

  # ---- layers as matrices at every position: ∂W_i = Σ_t d_it a_itᵀ, a (B, T, I), d (B, T, O) ------------------------

  def linear_inputs(self, a: Tensor, bias: bool) -> Tensor:
    return self.with_one(a.reshape([a.size(0), -1, a.size(-1)]), bias)

  def with_one(self, a: Tensor, bias: bool) -> Tensor:
    x = a
    if bias:
      x = torch.cat([a, torch.ones([a.size(0), a.size(1), 1], dtype=a.dtype, device=a.device)], 2)
    return x

  def linear_outputs(self, d: Tensor) -> Tensor:
    return d.reshape([d.size(0), -1, d.size(-1)])

  def conv_inputs(self, a: Tensor, kernel: int, stride: int, padding: int, bias: bool) -> Tensor:
    x = torch.im2col(a, [kernel, kernel], [1, 1], [padding, padding], [stride, stride])
    return self.with_one(torch.transpose(x, 1, 2), bias)

  def conv_outputs(self, d: Tensor) -> Tensor:
    return torch.transpose(torch.flatten(d, 2), 1, 2)

  def add_gram_(self, c: Tensor, x: Tensor) -> Tensor:
    rows = x.reshape([-1, x.size(-1)])
    return c.addmm_(torch.transpose(rows, 0, 1), rows)

  # the cheaper of two ways is taken where there are positions: turn what is at each of them, or the sum over them
  def rotated_squares(self, a: Tensor, d: Tensor, ui: Tensor, uo: Tensor) -> Tensor:
    t = a.size(1)
    i = a.size(2)
    o = d.size(2)
    if t == 1:
      ra = torch.matmul(torch.select(a, 1, 0), ui)
      rd = torch.matmul(torch.select(d, 1, 0), uo)
      s = torch.matmul(torch.transpose(rd * rd, 0, 1), ra * ra)
    else:
      if t * (i * i + o * o) < o * i * (o + i):
        s = self.squared_products(torch.transpose(torch.matmul(d, uo), 1, 2), torch.matmul(a, ui))
      else:
        g = torch.matmul(torch.matmul(torch.transpose(uo, 0, 1), torch.bmm(torch.transpose(d, 1, 2), a)), ui)
        s = self.squares_(g)
    return s

  def symmetric_eigen(self, a: Tensor) -> List[Tensor]:
    found = torch.linalg_eigh(a)
    return [found[0], found[1]]

  # ---- gradients of each row against a vector ----------------------------------------------------------------------

  # y: what a layer gives with the vector in the place of its parameters
  def row_dots(self, y: Tensor, d: Tensor) -> Tensor:
    return torch.sum(torch.flatten(y * d, 1), [1], dtype=7)

  # ---- squares of the gradients of each row, summed over rows -----------------------------------------------------

  # Without positions Σ_i (∂W_i)² = (d²)ᵀ(a²), so no row is written out.
  def linear_squares(self, a: Tensor, d: Tensor) -> Tensor:
    if a.dim() == 2:
      s = torch.matmul(torch.transpose(d * d, 0, 1), a * a)
    else:
      a3 = a.reshape([a.size(0), -1, a.size(-1)])
      d3 = d.reshape([d.size(0), -1, d.size(-1)])
      s = self.squared_products(torch.transpose(d3, 1, 2), a3)
    return s

  def squares_(self, g: Tensor) -> Tensor:
    return torch.sum(g.mul_(g), [0])

  # Σ_i (l_i r_i)², l (B, O, T), r (B, T, I), for as many rows at once as have a million products: those stay in the cache
  def squared_products(self, l: Tensor, r: Tensor) -> Tensor:
    s = torch.zeros([l.size(1), r.size(2)], dtype=l.dtype, device=l.device)
    rows = max(1, (1 << 20) // (l.size(1) * r.size(2)))
    for at in range(0, l.size(0), rows):
      n = min(rows, l.size(0) - at)
      s.add_(self.squares_(torch.bmm(torch.narrow(l, 0, at, n), torch.narrow(r, 0, at, n))))
    return s

  def linear_bias_squares(self, d: Tensor) -> Tensor:
    return self.squares_(self.linear_bias_rows(d))

  # offset by offset, since the rows of all offsets together are large
  def conv_squares(self, a: Tensor, d: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    x = self.padded(a, padding)
    e = self.positions(d, x.size(3), stride)
    s: List[Tensor] = []
    for o in range(kernel * kernel):
      s.append(self.squared_products(e, torch.transpose(self.window(x, d, o, kernel, stride), 1, 2)))
    return torch.stack(s, 2).view([d.size(1), a.size(1), kernel, kernel])

  def depthwise_squares(self, a: Tensor, d: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    return self.squares_(self.depthwise_rows(a, d, kernel, stride, padding))

  def bias_squares(self, d: Tensor) -> Tensor:
    return self.squares_(self.bias_rows(d))

  def batch_norm_squares(self, a: Tensor, d: Tensor, mean: Tensor, var: Tensor, eps: float) -> Tensor:
    return self.squares_(self.batch_norm_rows(a, d, mean, var, eps))

  # ---- statistics ----------------------------------------------------------------------------------------------

  def where(self, condition: Tensor, x: Tensor, otherwise: float) -> Tensor:
    return torch.masked_fill(x, torch.logical_not(condition), otherwise)

  def kth_smallest(self, x: Tensor, k: int) -> Tensor:
    return torch.kthvalue(x, k)[0]

  # Farthest-first: brings nearest (N), the squared distance of each row of x (N, D) to its nearest chosen row, up to date
  # with the choice of row c, marks c with −1, and tells the row that is now furthest, the first of equals.
  def cover_(self, x: Tensor, squared_norms: Tensor, nearest: Tensor, c: int) -> int:
    centre = torch.select(x, 0, c)
    d = torch.clamp_min(squared_norms - 2.0 * torch.mv(x, centre) + squared_norms[c], 0.0)
    _0 = nearest.copy_(torch.minimum(nearest, d))
    _1 = torch.select(nearest, 0, c).fill_(-1.0)
    return int(torch.argmax(nearest).item())

  # ---- values of rows ------------------------------------------------------------------------------------------

  # Rows of x (N, D) from nearest to furthest of each row of asked (B, D), equals in the order of x; norms are ‖x‖² (N).
  def nearest_first(self, x: Tensor, norms: Tensor, asked: Tensor) -> Tensor:
    d = torch.addmm(norms, asked, torch.t(x), beta=1, alpha=-2)
    return torch.sort(d, stable=True, dim=1, descending=False)[1]

  # Adds the Shapley values of the rows of x for a k-NN classifier of the asked rows: with rows from near to far, s_i − s_{i+1}
  # is the difference of their being right times min(K, i)/(i·K), the factors (N); beyond the last row nothing is right.
  def knn_shapley_(self, total: Tensor, x: Tensor, norms: Tensor, labels: Tensor, factors: Tensor, asked: Tensor, asked_labels: Tensor) -> Tensor:
    order = self.nearest_first(x, norms, asked)
    right = torch.eq(torch.take(labels, order), torch.unsqueeze(asked_labels, 1)).to(7)
    beyond = torch.constant_pad_nd(torch.slice(right, 1, 1, 9223372036854775807, 1), [0, 1], 0)
    steps = torch.mul(torch.sub(right, beyond), factors)
    values = torch.flip(torch.cumsum(torch.flip(steps, [1]), 1), [1])
    return total.add_(torch.sum(torch.scatter(torch.zeros_like(values), 1, order, values), [0]))

  # Logits (M, C) of the asked rows (M, D) by a classifier of the nearest mean: 2·aᵀμ_c − ‖μ_c‖², −∞ for classes without rows.
  def centroid_logits(self, x: Tensor, onehot: Tensor, asked: Tensor, chosen: Tensor) -> Tensor:
    y = torch.t(torch.index_select(onehot, 0, chosen))
    count = torch.sum(y, [1])
    mean = torch.div(torch.mm(y, torch.index_select(x, 0, chosen)), torch.unsqueeze(torch.clamp_min(count, 1.0), 1))
    logits = torch.addmm(torch.sum(torch.mul(mean, mean), [1]), asked, torch.t(mean), beta=-1, alpha=2)
    return torch.masked_fill(logits, torch.eq(count, 0.0), float("-inf"))

  # Logits (M, C) of the asked rows by multinomial logistic regression on the chosen ones: steps of Newton's method with
  # Böhning's bound XᵀX/2n + λI in the place of the Hessian. The last column of x and asked is 1; its weights are not shrunk.
  def logistic_logits(self, x: Tensor, onehot: Tensor, asked: Tensor, chosen: Tensor, decay: Tensor, steps: int) -> Tensor:
    rows = torch.index_select(x, 0, chosen)
    y = torch.index_select(onehot, 0, chosen)
    n = float(rows.size(0))
    bound = torch.add(torch.mul(torch.mm(torch.t(rows), rows), 0.5 / n), torch.diag(decay))
    factor = torch.linalg_cholesky(bound)
    shrink = torch.unsqueeze(decay, 1)
    w = torch.zeros_like(torch.mm(torch.t(rows), y))
    for _0 in range(steps):
      p = torch.softmax(torch.mm(rows, w), 1)
      g = torch.add(torch.mul(torch.mm(torch.t(rows), torch.sub(p, y)), 1.0 / n), torch.mul(shrink, w))
      w = torch.sub(w, torch.cholesky_solve(g, factor))
    return torch.mm(asked, w)

  # ---- choosing rows ---------------------------------------------------------------------------------------------

  # The row of x nearest to a point, the first of equals, which is then gone: no point is near to it any more.
  def nearest_(self, x: Tensor, squared_norms: Tensor, point: Tensor, gone: float) -> int:
    best = int(torch.argmin(squared_norms - 2.0 * torch.mv(x, point)).item())
    _0 = torch.select(squared_norms, 0, best).fill_(gone)
    return best

  # One batch of k-means: a row goes to its nearest centre, and a centre is the mean of all rows that came to it so far.
  def k_means_(self, x: Tensor, centres: Tensor, counts: Tensor) -> Tensor:
    d = torch.sum(centres * centres, [1]) - 2.0 * torch.mm(x, torch.t(centres))
    near = torch.argmin(d, 1)
    sums = torch.index_add(centres * torch.unsqueeze(counts, 1), 0, near, x)
    n = torch.index_add(counts, 0, near, torch.ones_like(torch.select(x, 1, 0)))
    _0 = counts.copy_(n)
    return centres.copy_(sums / torch.unsqueeze(n, 1))

  # Rows a … b of x (N, D) with all rows, (b − a, N). kind 0: x·y; 1: −‖x − y‖; 2: exp(−‖x − y‖² / scale)
  def similarities(self, x: Tensor, squared_norms: Tensor, a: int, b: int, kind: int, scale: float) -> Tensor:
    s = torch.mm(torch.slice(x, 0, a, b, 1), torch.t(x))
    if kind != 0:
      own = torch.unsqueeze(torch.slice(squared_norms, 0, a, b, 1), 1)
      d = torch.clamp_min_(torch.add_(torch.add_(torch.mul_(s, -2.0), squared_norms), own), 0.0)
      _0 = torch.diagonal(d, a, 0, 1).fill_(0.0)
      if kind == 1:
        s = torch.neg_(torch.sqrt_(d))
      else:
        s = torch.exp_(torch.div_(d, -scale))
    return s

  # Cholesky of a matrix M (N, N) row by row, in the order of choice: from the chosen row m of M, and c (K, N) of which t rows
  # are there, writes row t of c and takes its share from d (N), what of the diagonal the chosen rows leave unexplained.
  def cholesky_(self, m: Tensor, c: Tensor, d: Tensor, t: int, row: int) -> Tensor:
    before = torch.slice(c, 0, 0, t, 1)
    known = torch.mv(torch.t(before), torch.contiguous(torch.select(before, 1, row)))
    e = (m - known) / torch.sqrt(torch.select(d, 0, row))
    _0 = torch.select(c, 0, t).copy_(e)
    return d.copy_(d - e * e)

  # (B, S) → (B, m): every column goes, with its sign, to its place
  def count_sketch(self, x: Tensor, place: Tensor, sign: Tensor, m: int) -> Tensor:
    y = torch.zeros([x.size(0), m], dtype=x.dtype, device=x.device)
    return torch.scatter_add(y, 1, torch.unsqueeze(place, 0).expand(x.size()), x * sign)

  def solve_positive(self, a: Tensor, b: Tensor) -> Tensor:
    return torch.squeeze(torch.cholesky_solve(torch.unsqueeze(b, 1), torch.linalg_cholesky(a)), 1)

  # (N, C), (N, D) and rows (B) → (N, B), inner products of the outer products of the rows of r and h
  def outer_products(self, r: Tensor, h: Tensor, index: Tensor) -> Tensor:
    ri = torch.transpose(torch.index_select(r, 0, index), 0, 1)
    hi = torch.transpose(torch.index_select(h, 0, index), 0, 1)
    return torch.matmul(r, ri) * torch.matmul(h, hi)

  # what is left of two equal rows is rounding
  def outer_distances(self, r: Tensor, h: Tensor, squared: Tensor, index: Tensor) -> Tensor:
    s = torch.unsqueeze(squared, 1) + torch.unsqueeze(torch.index_select(squared, 0, index), 0)
    d = s - 2.0 * self.outer_products(r, h, index)
    return torch.sqrt(torch.masked_fill(d, torch.le(d, 1e-12 * s), 0.0))

  def gains_of_cover(self, nearest: Tensor, d: Tensor) -> Tensor:
    return torch.sum(torch.clamp_min(torch.unsqueeze(nearest, 1) - d, 0.0), [0])

  def gains_of_step(self, r: Tensor, h: Tensor, z: Tensor, y: Tensor, v: Tensor, w: Tensor, step: Tensor) -> Tensor:
    p = torch.softmax(z - torch.matmul(v, torch.transpose(step, 0, 1)), 1) - y
    m = torch.matmul(torch.transpose(v, 0, 1), p * torch.unsqueeze(w, 1))
    return torch.sum(torch.matmul(h, m) * r, [1])
