/** A float32 tensor of an ONNX graph. */
export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
}

export type Attribute = { readonly name: string } & ({ readonly whole: number } | { readonly real: number });

const OPSET = 17;
const FLOAT = 1;

/**
 * The bytes of an ONNX model of one node, by hand: field numbers are those of onnx.proto3, the wire format is
 * Protocol Buffers'.
 */
export function onnxModel(
  operator: string,
  inputs: readonly TensorInfo[],
  output: TensorInfo,
  attributes: readonly Attribute[],
): Uint8Array {
  const node = [
    ...inputs.flatMap(({ name }) => text(1, name)),
    ...text(2, output.name),
    ...text(4, operator),
    ...attributes.flatMap((attribute) => bytes(5, attributeProto(attribute))),
  ];
  const graph = [
    ...bytes(1, node),
    ...text(2, operator),
    ...inputs.flatMap((info) => bytes(11, valueInfo(info))),
    ...bytes(12, valueInfo(output)),
  ];
  const opset = [...text(1, ''), ...whole(2, OPSET)];
  return Uint8Array.from([...whole(1, 8), ...bytes(7, graph), ...bytes(8, opset)]);
}

function attributeProto(attribute: Attribute): number[] {
  const [FLOAT_ATTRIBUTE, INT_ATTRIBUTE] = [1, 2];
  return 'whole' in attribute
    ? [...text(1, attribute.name), ...whole(3, attribute.whole), ...whole(20, INT_ATTRIBUTE)]
    : [...text(1, attribute.name), ...real(2, attribute.real), ...whole(20, FLOAT_ATTRIBUTE)];
}

function valueInfo({ name, shape }: TensorInfo): number[] {
  const dimensions = shape.flatMap((extent) => bytes(1, whole(1, extent)));
  const tensorType = [...whole(1, FLOAT), ...bytes(2, dimensions)];
  return [...text(1, name), ...bytes(2, bytes(1, tensorType))];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

const whole = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const real = (field: number, value: number): number[] => [
  ...varint(field * 8 + 5),
  ...new Uint8Array(Float32Array.of(value).buffer),
];
const bytes = (field: number, content: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];
const text = (field: number, content: string): number[] => bytes(field, [...Buffer.from(content)]);
